import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import type { ClientApiPorts } from './client-api-ports.ts';

/** Makes what reads the states of rooms, as redactions have left them. */
export function composeRoomState({ rooms, stateNodes }: Pick<ClientApiPorts, 'rooms' | 'stateNodes'>): RoomState {
  const reader = new StateReader(rooms, stateNodes);
  return new RoomState(rooms, reader, new RedactionReader(rooms, reader));
}
