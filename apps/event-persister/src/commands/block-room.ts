import type { BlockRoom } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { Execution } from './execution.ts';

/** Closes a room to the users of a hosted server, or opens it again. They may leave it all the same. */
export function blockRoom(edit: RoomEdit, { serverName, block, blockedBy }: BlockRoom): Execution {
  edit.blockRoom(edit.head, { serverName, blockedBy: block ? blockedBy : undefined });
  return { outcome: 'settled' };
}
