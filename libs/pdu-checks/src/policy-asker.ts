import type { PolicyServer, RoomEvent } from '@plexus/room-dag';

/** An event for which the recommendation of a room's policy server is wanted. */
export interface PolicyQuestion {
  /** The hosted server in whose name it is asked. */
  readonly origin: string;
  readonly policyServer: PolicyServer;
  readonly event: RoomEvent;
  /** Canonical JSON of the event. */
  readonly bytes: Uint8Array;
}

/**
 * `signed`: recommended, by this signature of the policy server, which is valid. `refused`: not recommended, in the policy server's words.
 * `unavailable`: there was no answer; `isTemporary` where there may be one later.
 */
export type PolicyAnswer =
  | { readonly outcome: 'signed'; readonly signature: string }
  | {
      readonly outcome: 'refused';
      readonly errcode: string;
      readonly httpStatus: number;
      readonly error: string;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly outcome: 'unavailable'; readonly isTemporary: boolean; readonly because: string };

/** Asks policy servers. Whatever the other side does is an answer; `RemoteServerError` is thrown where our own side is broken. */
export interface PolicyAsker {
  ask(question: PolicyQuestion): Promise<PolicyAnswer>;
}
