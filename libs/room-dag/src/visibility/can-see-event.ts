import { findServerName } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import type { HistoryVisibility } from './history-visibility.ts';
import { membershipGivenTo, visibilitiesAt } from './history-visibility.ts';

/** A user and the state before the event. */
export interface UserBeforeEvent {
  readonly userId: string;
  readonly historyVisibility: HistoryVisibility;
  readonly membership: string;
  /** Whether the user joined at any time after the event; true for whoever is joined now. */
  readonly hasJoinedSince: boolean;
}

/**
 * Decides whether a user may see an event (https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility). For events that
 * change the history visibility, and for the user's own membership, the state before or after may allow it. The caller guarantees that
 * the event was accepted and not soft-failed.
 */
export function canUserSeeEvent(event: RoomEvent, user: UserBeforeEvent): boolean {
  const given = membershipGivenTo(user.userId, event);
  const memberships = given === undefined ? [user.membership] : [user.membership, given];
  return visibilitiesAt(event, user.historyVisibility).some((visibility) =>
    memberships.some((membership) => isVisibleTo(membership, visibility, user.hasJoinedSince)),
  );
}

function isVisibleTo(membership: string, visibility: HistoryVisibility, hasJoinedSince: boolean): boolean {
  // 1.
  if (visibility === 'world_readable') return true;
  // 2.
  if (membership === 'join') return true;
  // 3.
  if (visibility === 'shared' && hasJoinedSince) return true;
  // 4. and 5.
  return membership === 'invite' && visibility === 'invited';
}

/** A server and the state before the event. */
export interface ServerBeforeEvent {
  readonly serverName: string;
  readonly historyVisibility: HistoryVisibility;
  /** Whether any user of the server was joined, and whether any was invited. */
  readonly hasJoined: boolean;
  readonly hasInvited: boolean;
}

/**
 * Decides whether a server may have an event in full; what it may not have goes to it redacted, so that it can walk on. `shared` and
 * `world_readable` events go to every server that the caller lets ask at all; `invited` takes a user of the server who was invited or
 * joined at the event, `joined` one who was joined. As for users, the state before or after may allow it where the event changes the
 * history visibility or the membership of one of the server's users. An event without known state counts as `shared`.
 */
export function canServerSeeEvent(event: RoomEvent, server: ServerBeforeEvent): boolean {
  const given = membershipGivenToUserOf(server.serverName, event);
  const hasJoined = server.hasJoined || given === 'join';
  const hasInvited = server.hasInvited || given === 'invite';
  return visibilitiesAt(event, server.historyVisibility).some((visibility) => {
    if (visibility === 'invited') return hasJoined || hasInvited;
    return visibility === 'joined' ? hasJoined : true;
  });
}

function membershipGivenToUserOf(serverName: string, event: RoomEvent): string | undefined {
  if (event.stateKey === undefined || findServerName(event.stateKey) !== serverName) return undefined;
  return membershipGivenTo(event.stateKey, event);
}
