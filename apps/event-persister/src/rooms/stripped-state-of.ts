import { STRIPPED_STATE_TYPES, toStrippedState } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomView } from './room-view.ts';

/**
 * What somebody who is invited or knocks sees of the room (https://spec.matrix.org/v1.19/client-server-api/#stripped-state): its
 * describing state, the membership of who invited, and the membership event itself, as a JSON array.
 */
export function strippedStateOf(view: RoomView, root: number, member: RoomEvent): Buffer {
  const described = STRIPPED_STATE_TYPES.map((type) => view.stateEvent(root, type, '')?.event);
  const inviter =
    member.sender === member.stateKey ? undefined : view.stateEvent(root, 'm.room.member', member.sender)?.event;
  const events = [...described, inviter, member].filter((event) => event !== undefined);
  return Buffer.from(JSON.stringify(events.map(toStrippedState)));
}
