import type { Membership, UserSession } from '../sessions/user-session.ts';
import type { RoomSection } from './response.ts';
import type { RoomTask } from './room-task.ts';
import type { SyncRequest } from './sync-request.ts';

/** A place in everything that is told of rooms. */
export interface Place {
  /** Index is the shard. */
  readonly positions: readonly number[];
  /** In what is not stored. */
  readonly ephemeral: number;
}

/** From where to where a response goes. */
export interface ResponseRange {
  /** Nothing on an initial sync. */
  readonly since: Place | undefined;
  readonly upTo: Place;
  /** Whether what is not stored changed in a room after a place. */
  readonly hasChanged: (roomId: string, ephemeralSince: number) => boolean;
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
  for (const [roomId, membership] of session.memberships) {
    const section = findSection(membership, request, range);
    if (section === undefined || !request.filter.matchesRoom(roomId)) continue;
    chosen.push({ section, task: taskOf(membership, { section, request, range }) });
  }
  return chosen;
}

function findSection(membership: Membership, request: SyncRequest, range: ResponseRange): RoomSection | undefined {
  const { room, position } = membership;
  const since = sinceOf(membership, range);
  const isInitial = range.since === undefined;
  switch (membership.membership) {
    case 'join':
      if (isInitial || request.fullState || room.lastPosition > since) return 'join';
      return range.hasChanged(room.roomId, range.since?.ephemeral ?? 0) ? 'join' : undefined;
    case 'invite':
    case 'knock':
      return position > since ? membership.membership : undefined;
    default:
      if (isInitial) return request.filter.includesLeave ? 'leave' : undefined;
      return position > since ? 'leave' : undefined;
  }
}

function taskOf(
  membership: Membership,
  { section, request, range }: { section: RoomSection; request: SyncRequest; range: ResponseRange },
): RoomTask {
  const { room } = membership;
  const upTo = section === 'leave' ? membership.position : (range.upTo.positions[room.shard] ?? 0);
  const ephemeralSince = range.since?.ephemeral ?? 0;
  return { request, room, membership, since: sinceOf(membership, range), ephemeralSince, upTo };
}

function sinceOf({ room }: Membership, { since }: ResponseRange): number {
  return since?.positions[room.shard] ?? 0;
}
