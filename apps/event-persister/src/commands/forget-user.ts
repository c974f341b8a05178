import { serverNameOf } from '@plexus/matrix-base';
import type { ForgetUser } from '@plexus/rpc';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { CommandContext, Execution } from './execution.ts';
import { INCOMPLETE } from './execution.ts';

/**
 * Removes the room, if no hosted server is resident in it any more: then its stored state authorizes nobody. The user's membership leaves
 * the projection after this. Repeated, it finds nothing left to do.
 */
export function forgetUser(edit: RoomEdit, { userId }: ForgetUser, { servers }: CommandContext): Execution {
  const { head } = edit;
  const isNeeded = head === undefined || edit.hasHostedResident((name) => servers.isHosted(name));
  if (isNeeded) return { outcome: 'unchanged', eventIds: [] };
  if (edit.isIncomplete) return INCOMPLETE;
  edit.removeRoom(head, serverNameOf(userId));
  return { outcome: 'settled' };
}
