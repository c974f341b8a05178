import type { PresenceRecord } from '@plexus/topics';

export interface Typing {
  readonly roomId: string;
  readonly userId: string;
  /** From now on; 0: stopped. */
  readonly timeoutMs: number;
}

/** Takes what may be lost to where it is looked for. Nobody waits for it. */
export interface EphemeralRecords {
  publishTyping(typing: Typing): void;
  publishPresence(presence: PresenceRecord): void;
}
