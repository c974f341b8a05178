import type { TypingRooms } from '../ephemeral/typing-rooms.ts';
import type { Membership, UserSession } from '../sessions/user-session.ts';
import type { RoomSection } from './response.ts';
import type { RoomTask } from './room-task.ts';
import type { SyncPlace } from './sync-place.ts';
import type { SyncRequest } from './sync-request.ts';
import type { UserItems } from './user-items.ts';

/** From where to where a response goes. */
export interface ResponseRange {
  /** Nothing on an initial sync. */
  readonly since: SyncPlace | undefined;
  readonly upTo: SyncPlace;
  /** Memberships of rooms in which anything was logged since; nothing on an initial sync. */
  readonly changed: readonly Membership[] | undefined;
  readonly typing: Pick<TypingRooms, 'hasChanged' | 'changedAfter'>;
  readonly items: Pick<UserItems, 'accountData' | 'isComplete' | 'settings'>;
}

export interface ChosenRoom {
  readonly section: RoomSection;
  readonly task: RoomTask;
}

/**
 * Decides which rooms a response may have to tell of. It runs at once, so that the memberships are those of the positions in `upTo`: nothing is
 * delivered meanwhile.
 */
export function chooseRooms(session: UserSession, request: SyncRequest, range: ResponseRange): ChosenRoom[] {
  const chosen: ChosenRoom[] = [];
  for (const membership of candidatesOf(session, request, range)) {
    const section = findSection(membership, { session, request, range });
    if (section === undefined || !request.filter.matchesRoom(membership.room.roomId)) continue;
    chosen.push({ section, task: taskOf(membership, { section, session, request, range }) });
  }
  return chosen;
}

/** All rooms of which there may be anything to tell. */
function candidatesOf(session: UserSession, request: SyncRequest, range: ResponseRange): Iterable<Membership> {
  const { since, changed, items, typing } = range;
  const { memberships } = session;
  if (since === undefined || changed === undefined || request.fullState) return memberships.values();
  const typed = typing.changedAfter(since.ephemeral, memberships.size);
  if (typed === undefined) return memberships.values();
  const accountData = items.accountData.rooms;
  const recounted = session.recountedAfter(since.ephemeral);
  if (typed.size === 0 && accountData.size === 0 && recounted.length === 0) return changed;
  const quiet = [...typed, ...accountData.keys(), ...recounted].flatMap((roomId) => memberships.get(roomId) ?? []);
  return new Set([...changed, ...quiet]);
}

function findSection(
  membership: Membership,
  { session, request, range }: { session: UserSession; request: SyncRequest; range: ResponseRange },
): RoomSection | undefined {
  const { room, position } = membership;
  const since = sinceOf(membership, range);
  const isInitial = range.since === undefined;
  switch (membership.membership) {
    case 'join':
      if (isInitial || request.fullState || room.lastPosition > since) return 'join';
      if (range.items.accountData.rooms.has(room.roomId)) return 'join';
      if (session.isRecounted(room.roomId, range.since?.ephemeral ?? 0)) return 'join';
      return range.typing.hasChanged(room.roomId, range.since?.ephemeral ?? 0) ? 'join' : undefined;
    case 'invite':
      return position > since && !range.items.settings.blocksInvites ? 'invite' : undefined;
    case 'knock':
      return position > since ? 'knock' : undefined;
    default:
      if (isInitial) return request.filter.includesLeave ? 'leave' : undefined;
      return position > since ? 'leave' : undefined;
  }
}

function taskOf(
  membership: Membership,
  {
    section,
    session,
    request,
    range,
  }: { section: RoomSection; session: UserSession; request: SyncRequest; range: ResponseRange },
): RoomTask {
  const { room } = membership;
  const { accountData, isComplete, settings } = range.items;
  return {
    request,
    session,
    room,
    membership,
    since: sinceOf(membership, range),
    ephemeralSince: range.since?.ephemeral ?? 0,
    upTo: section === 'leave' ? membership.position : (range.upTo.positions[room.shard] ?? 0),
    accountData: accountData.rooms.get(room.roomId) ?? [],
    hasAllAccountData: isComplete,
    settings,
  };
}

function sinceOf({ room }: Membership, { since }: ResponseRange): number {
  return since?.positions[room.shard] ?? 0;
}
