/** A user who types in a room, or has stopped. */
export interface Typing {
  readonly roomId: string;
  readonly userId: string;
  /** 0: stopped. */
  readonly timeoutMs: number;
}

/** Tells all replicas what is not stored. It may be lost, so nobody waits for it. */
export interface EphemeralPublisher {
  publishTyping(typing: Typing): void;
}
