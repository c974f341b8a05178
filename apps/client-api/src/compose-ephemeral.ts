import type { Provider, Type } from '@nestjs/common';
import type { RoomState } from '@plexus/room-view';
import type { ClientApiPorts } from './client-api-ports.ts';
import { RequireParticipant } from './ephemeral/require-participant.ts';
import { SetReadMarkers } from './ephemeral/set-read-markers.ts';
import { SetReceipts } from './ephemeral/set-receipts.ts';
import { SetTyping } from './ephemeral/set-typing.ts';
import { ReceiptController } from './in/client/rooms/receipt.controller.ts';
import { TypingController } from './in/client/rooms/typing.controller.ts';
import type { ReadRoomAccess } from './reading/room-access.ts';

/** The endpoints of what is about rooms and people and is no event. */
export const EPHEMERAL_CONTROLLERS: Type[] = [TypingController, ReceiptController];

export function composeEphemeral(
  ports: ClientApiPorts,
  { access, states }: { readonly access: ReadRoomAccess; readonly states: RoomState },
): Provider[] {
  const setTyping = new SetTyping(new RequireParticipant(access, states), ports.ephemeral);
  const setReceipts = new SetReceipts(ports);
  return [
    { provide: SetTyping, useValue: setTyping },
    { provide: SetReceipts, useValue: setReceipts },
    { provide: SetReadMarkers, useValue: new SetReadMarkers(access, setReceipts, ports) },
  ];
}
