import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomRecord } from '@plexus/storage';
import type { VisibleEvent } from './show-events.ts';

/**
 * The memberships of those who sent events, as of a state: what lazy loading of members gives with a page
 * (https://spec.matrix.org/v1.19/client-server-api/#lazy-loading-room-members).
 */
export async function findSenders(
  states: RoomState,
  { room, root }: { readonly room: RoomRecord; readonly root: number | undefined },
  events: readonly VisibleEvent[],
): Promise<ClientEvent[]> {
  if (root === undefined) return [];
  const senders = new Set(events.map(({ shown }) => shown.event.sender));
  const keys = [...senders].map((stateKey) => ({ type: 'm.room.member', stateKey }));
  return (await states.findMany(room, root, keys)).map((event) => toClientEvent(event));
}
