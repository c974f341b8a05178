import { DESCRIBING_TYPES, describeRoom, isPublicRoom } from '@plexus/room-dag';
import type { RoomSummary } from '@plexus/storage';
import type { ChangedKey } from './changes.ts';
import type { StateTransition } from './project-memberships.ts';
import type { RoomHead } from './room-head.ts';
import type { RoomView } from './room-view.ts';

type SummarizedRoom = Pick<
  RoomHead,
  'shard' | 'roomNid' | 'roomId' | 'rules' | 'currentRoot' | 'joinedCount' | 'isListed'
>;

/**
 * The summary of a room that a row of the log changed, if anybody is to find it: of a room that is listed, or that anybody may join or read, or
 * might before. Members count where it is listed. Incomplete as long as the view misses anything.
 *
 * @NOTE A message changes no state and costs nothing here; a join of a room that is not listed looks nothing up.
 */
export function projectSummary(
  view: RoomView,
  { changed, position, previousRoot }: StateTransition,
  room: SummarizedRoom,
): RoomSummary[] {
  if (changed.length === 0) return [];
  const isDescribed = changed.some(isDescribing);
  const isCounted = room.isListed && changed.some(({ type }) => type === 'm.room.member');
  if (!isDescribed && !isCounted) return [];
  const isWanted =
    room.isListed ||
    isPublicRoom(view.authState(room.currentRoot)) ||
    (changed.some(isDecidingAccess) && isPublicRoom(view.authState(previousRoot)));
  return isWanted ? [summarize(view, room, position)] : [];
}

export function summarize(view: RoomView, room: Omit<SummarizedRoom, 'isListed'>, position: number): RoomSummary {
  const { allowedRoomIds: _allowed, ...description } = describeRoom(view.authState(room.currentRoot));
  const { shard, roomNid, roomId, rules, joinedCount } = room;
  return { shard, roomNid, roomId, position, roomVersion: rules.version, joinedCount, ...description };
}

const DESCRIBING: ReadonlySet<string> = new Set(DESCRIBING_TYPES);

function isDescribing({ type, stateKey }: ChangedKey): boolean {
  return stateKey === '' && DESCRIBING.has(type);
}

function isDecidingAccess({ type, stateKey }: ChangedKey): boolean {
  return stateKey === '' && (type === 'm.room.join_rules' || type === 'm.room.history_visibility');
}
