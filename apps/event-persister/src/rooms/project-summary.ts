import { DESCRIBING_TYPES, describeRoom, isPublicRoom } from '@plexus/room-dag';
import type { RoomSummary } from '@plexus/storage';
import type { ChangedKey } from './changes.ts';
import type { KnownEvent } from './known-event.ts';
import type { StateTransition } from './project-memberships.ts';
import type { RoomHead } from './room-head.ts';
import type { RoomView } from './room-view.ts';
import { shownState } from './shown-state.ts';

type SummarizedRoom = Pick<
  RoomHead,
  'shard' | 'roomNid' | 'roomId' | 'rules' | 'currentRoot' | 'joinedCount' | 'isListed'
>;

/** `isRedescribed`: something in what describes the room was redacted, which changes no state. */
export interface DescribedTransition extends StateTransition {
  readonly isRedescribed: boolean;
}

/**
 * The summary of a room that a row of the log changed, if anybody is to find it: of a room that is listed, or that anybody may join or read, or
 * might before. Members count where it is listed. Incomplete as long as the view misses anything.
 *
 * @NOTE A message changes no state and costs nothing here; a join of a room that is not listed looks nothing up.
 */
export function projectSummary(
  view: RoomView,
  { changed, position, previousRoot, isRedescribed }: DescribedTransition,
  room: SummarizedRoom,
): RoomSummary[] {
  if (changed.length === 0 && !isRedescribed) return [];
  const isDescribed = isRedescribed || changed.some(isDescribing);
  const isCounted = room.isListed && changed.some(({ type }) => type === 'm.room.member');
  if (!isDescribed && !isCounted) return [];
  const isWanted =
    room.isListed ||
    isPublicRoom(view.authState(room.currentRoot)) ||
    (changed.some(isDecidingAccess) && isPublicRoom(view.authState(previousRoot)));
  return isWanted ? [summarize(view, room, position)] : [];
}

export function summarize(view: RoomView, room: Omit<SummarizedRoom, 'isListed'>, position: number): RoomSummary {
  const { allowedRoomIds: _allowed, ...description } = describeRoom(shownState(view, room.currentRoot));
  const { shard, roomNid, roomId, rules, joinedCount } = room;
  return { shard, roomNid, roomId, position, roomVersion: rules.version, joinedCount, ...description };
}

/** Whether an event is what describes a room in a state of it. */
export function describesRoom(view: RoomView, root: number, { eventNid, event }: KnownEvent): boolean {
  if (event.stateKey === undefined || !isDescribing({ type: event.type, stateKey: event.stateKey })) return false;
  return view.stateEvent(root, event.type, event.stateKey)?.eventNid === eventNid;
}

const DESCRIBING: ReadonlySet<string> = new Set(DESCRIBING_TYPES);

/** Whether a key of the state describes its room. */
export function isDescribing({ type, stateKey }: Pick<ChangedKey, 'type' | 'stateKey'>): boolean {
  return stateKey === '' && DESCRIBING.has(type);
}

function isDecidingAccess({ type, stateKey }: ChangedKey): boolean {
  return stateKey === '' && (type === 'm.room.join_rules' || type === 'm.room.history_visibility');
}
