import type { LoadedRoom } from '../writing/room-loader.ts';
import type { MemberCounts } from './imported-state.ts';

/** What completes a room that was joined with members omitted. */
export interface CompletedState {
  readonly place: LoadedRoom;
  /** The event by which the room was joined. */
  readonly joinNid: number;
  /** Of the complete state before the join. */
  readonly root: number;
  readonly counts: MemberCounts;
  readonly hostedMembers: readonly number[];
}
