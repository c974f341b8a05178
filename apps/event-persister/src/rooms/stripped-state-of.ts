import { STRIPPED_STATE_TYPES, toStrippedState } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomView } from './room-view.ts';
import { shownState } from './shown-state.ts';

/**
 * What somebody who is invited or knocks sees of the room (https://spec.matrix.org/v1.19/client-server-api/#stripped-state): its
 * describing state without what was redacted, the membership of who invited, and the membership event itself, as a JSON array.
 */
export function strippedStateOf(view: RoomView, root: number, member: RoomEvent): Buffer {
  const shown = shownState(view, root);
  const described = STRIPPED_STATE_TYPES.map((type) => shown.find(type, ''));
  const inviter = member.sender === member.stateKey ? undefined : shown.find('m.room.member', member.sender);
  const events = [...described, inviter, member].filter((event) => event !== undefined);
  return Buffer.from(JSON.stringify(events.map(toStrippedState)));
}
