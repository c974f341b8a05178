import { compileServerAcl } from '@plexus/room-dag';
import type { RoomEvent, ServerAcl } from '@plexus/room-dag';
import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { HostedServers } from '@plexus/storage';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { shownStateEvent } from '../rooms/shown-state.ts';
import type { Refusal } from './execution.ts';
import { forbid, refuse } from './execution.ts';

/**
 * Whether a hosted server's user may act at all: the server is active (one that is being removed still lets its users leave), and the
 * room's server ACL does not deny it, as it would be denied by every other server.
 */
export function checkSender(
  edit: RoomEdit,
  head: RoomHead | undefined,
  {
    sender,
    isLeaving,
    servers,
  }: { readonly sender: string; readonly isLeaving: boolean; readonly servers: HostedServers },
): Refusal | undefined {
  if (!isUserId(sender)) return refuse('M_INVALID_PARAM', 400, 'sender.invalid', 'The sender is not a user id');
  const serverName = serverNameOf(sender);
  const server = servers.find(serverName);
  if (server === undefined) return forbid('server.not_hosted', `${serverName} is not hosted here`);
  if (server.status === 'suspended' || (server.status === 'removing' && !isLeaving)) {
    return forbid(`server.${server.status}`, `${serverName} is ${server.status}`);
  }
  if (head !== undefined && !isLeaving && isBlocked(head, serverName)) return BLOCKED;
  if (head === undefined || findServerAcl(edit, head).allows(serverName)) return undefined;
  return forbid('server_acl', `${serverName} is denied by the server ACL of the room`);
}

/** Whether an administrator has closed the room to users of a hosted server. */
export function isBlocked({ blockedFor }: RoomHead, serverName: string): boolean {
  return blockedFor.size > 0 && (blockedFor.has('') || blockedFor.has(serverName));
}

export const BLOCKED = forbid('room.blocked', 'This room has been blocked on this server');

/** The server ACL of the room's current state; one that was redacted denies everybody. */
function findServerAcl(edit: RoomEdit, head: RoomHead): ServerAcl {
  const event = shownStateEvent(edit, head.currentRoot, { type: 'm.room.server_acl', stateKey: '' });
  if (event === undefined) return NO_ACL;
  let acl = COMPILED.get(event);
  if (acl === undefined) {
    acl = compileServerAcl(event.content);
    COMPILED.set(event, acl);
  }
  return acl;
}

const NO_ACL = compileServerAcl(undefined);
const COMPILED = new WeakMap<RoomEvent, ServerAcl>();
