import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { UserRoom } from '@plexus/storage';
import type { ChangedKey } from './changes.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomView } from './room-view.ts';
import { strippedStateOf } from './stripped-state-of.ts';

/** What a row of the log did to a room's current state. */
export interface StateTransition {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly previousRoot: number;
  readonly currentRoot: number;
  readonly changed: readonly ChangedKey[];
  readonly position: number;
}

/**
 * The memberships of hosted users that a row of the log changed; incomplete as long as the view misses anything.
 *
 * @NOTE The rules let a ban, an invite or a leave name anything, in other servers' events at least: who is no user has no rooms.
 */
export function projectMemberships(
  view: RoomView,
  transition: StateTransition,
  isHosted: (serverName: string) => boolean,
): UserRoom[] {
  return transition.changed
    .filter(({ type, stateKey }) => type === 'm.room.member' && isUserId(stateKey) && isHosted(serverNameOf(stateKey)))
    .map((changed) => projectMembership(view, transition, changed))
    .filter((membership) => membership !== undefined);
}

function projectMembership(
  view: RoomView,
  transition: StateTransition,
  { type, stateKey, eventNid }: ChangedKey,
): UserRoom | undefined {
  const before = view.stateEvent(transition.previousRoot, type, stateKey);
  const after = eventNid === undefined ? undefined : view.event(eventNid);
  const source = after ?? before;
  if (source === undefined) return undefined;
  const membership = membershipOf(after) ?? 'leave';
  const isAsked = after !== undefined && (membership === 'invite' || membership === 'knock');
  return {
    userId: stateKey,
    roomId: transition.roomId,
    shard: transition.shard,
    roomNid: transition.roomNid,
    membership,
    previousMembership: membershipOf(before),
    sender: source.event.sender,
    eventId: source.event.eventId,
    position: transition.position,
    strippedState: isAsked ? strippedStateOf(view, transition.currentRoot, after.event) : undefined,
  };
}

const MEMBERSHIPS: readonly UserRoom['membership'][] = ['join', 'invite', 'leave', 'ban', 'knock'];

export function membershipOf(known: KnownEvent | undefined): UserRoom['membership'] | undefined {
  const membership = known?.event.content['membership'];
  return MEMBERSHIPS.find((name) => name === membership);
}
