export interface WriteLimits {
  /** Rows of the log in one unit of work. */
  readonly events: number;
  /** Bytes in one unit of work. */
  readonly bytes: number;
  /** How long gathering one unit of work may hold up the process. */
  readonly milliseconds: number;
  /** Bytes in all queues together. */
  readonly queuedBytes: number;
  /** Bytes in all queues that wait for one hosted server: more of its commands are refused while others' are taken. */
  readonly serverBytes: number;
  /** Items in one room's queue. */
  readonly roomItems: number;
}

export const DEFAULT_WRITE_LIMITS: WriteLimits = {
  events: 256,
  bytes: 2 * 1024 * 1024,
  milliseconds: 20,
  queuedBytes: 64 * 1024 * 1024,
  serverBytes: 16 * 1024 * 1024,
  roomItems: 2_000,
};
