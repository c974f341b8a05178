import type { LocalEvent } from './append-local-event.ts';

/** What somebody wants a membership to be. */
export interface MembershipChange extends Pick<LocalEvent, 'sender' | 'content' | 'originServerTs' | 'origin'> {
  readonly targetUserId: string;
  readonly membership: string;
  /** The target's membership must be one of these; empty: any. */
  readonly onlyFrom: readonly string[];
}
