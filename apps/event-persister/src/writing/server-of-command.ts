import { findServerName } from '@plexus/matrix-base';
import type { RoomCommand } from '@plexus/rpc';

/** The hosted server for whose user a command is, or that another server sent it to; empty where it is for none. */
export function serverOfCommand(command: RoomCommand['command']): string {
  if (command === undefined) return '';
  switch (command.$case) {
    case 'sendEvent':
      return serverOfUser(command.value.event?.sender);
    case 'changeMembership':
      return serverOfUser(command.value.sender);
    case 'createRoom':
      return serverOfUser(command.value.events[0]?.sender);
    case 'setReceipts':
      return command.value.origin === undefined ? serverOfUser(command.value.userId) : '';
    case 'receiveMembership':
      return serverOfUser(command.value.userId);
    case 'acceptPdu':
    case 'importRoom':
    case 'storeHistory':
    case 'takeStatePiece':
      return command.value.destination;
    case 'blockRoom':
      return command.value.serverName;
    default:
      return '';
  }
}

function serverOfUser(userId = ''): string {
  return findServerName(userId) ?? '';
}
