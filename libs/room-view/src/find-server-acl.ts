import { compileServerAcl } from '@plexus/room-dag';
import type { ServerAcl } from '@plexus/room-dag';
import type { RoomPlace } from './room-place.ts';
import type { RoomState } from './room-state.ts';

/** Whom a room lets in as its state is now (https://spec.matrix.org/v1.19/server-server-api/#server-access-control-lists-acls); nothing is remembered of it. */
export async function findServerAcl(
  states: Pick<RoomState, 'find'>,
  room: RoomPlace & { readonly currentRoot: number },
): Promise<ServerAcl> {
  const event = await states.find(room, room.currentRoot, { type: 'm.room.server_acl', stateKey: '' });
  return compileServerAcl(event?.content);
}
