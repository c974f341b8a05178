import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import type { ClientApiPorts } from './client-api-ports.ts';
import { PartGuests } from './guests/part-guests.ts';
import { ExchangeInvite } from './rooms/exchange-invite.ts';
import { RequireGuestAccess } from './rooms/require-guest-access.ts';
import { CarrySettings } from './upgrade/carry-settings.ts';
import { FindPredecessor } from './upgrade/find-predecessor.ts';

/** What joins have to do with beside the room's owner. */
export interface JoinSteps {
  readonly partGuests: PartGuests;
  readonly guestAccess: RequireGuestAccess;
  readonly exchangeInvite: ExchangeInvite;
  readonly carrySettings: CarrySettings;
}

export function composeJoinSteps(ports: ClientApiPorts): JoinSteps {
  const { rooms } = ports;
  const states = composeRoomState(ports);
  const predecessors = new FindPredecessor(rooms, states);
  const guestAccess = new RequireGuestAccess(rooms, states);
  return {
    guestAccess,
    partGuests: new PartGuests({ ...ports, guestAccess }),
    exchangeInvite: new ExchangeInvite({ ...ports, states }),
    carrySettings: new CarrySettings({ ...ports, predecessors }),
  };
}

/** Makes what reads the states of rooms, as redactions have left them. */
export function composeRoomState({ rooms, stateNodes }: Pick<ClientApiPorts, 'rooms' | 'stateNodes'>): RoomState {
  const reader = new StateReader(rooms, stateNodes);
  return new RoomState(rooms, reader, new RedactionReader(rooms, reader));
}
