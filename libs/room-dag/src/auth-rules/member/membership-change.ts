import type { RoomEvent } from '../../pdu/pdu.ts';
import type { AuthState } from '../auth-state.ts';
import { membershipOf } from '../auth-state.ts';
import { powerLevelOf } from '../power-levels.ts';

/** An `m.room.member` event, whom it is about, and the state it is checked against with its create event. */
export interface MembershipChange {
  readonly event: RoomEvent;
  readonly targetUserId: string;
  readonly create: RoomEvent;
  readonly state: AuthState;
}

/** Whether the target has less power than the sender: what kicking and banning take. */
export function isTargetBelowSender({ event, targetUserId, state }: MembershipChange): boolean {
  return powerLevelOf(targetUserId, state) < powerLevelOf(event.sender, state);
}

export function isSenderJoined({ event, state }: MembershipChange): boolean {
  return membershipOf(event.sender, state) === 'join';
}
