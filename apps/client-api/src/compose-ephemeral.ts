import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { RequireParticipant } from './ephemeral/require-participant.ts';
import { SetTyping } from './ephemeral/set-typing.ts';
import { TypingController } from './in/client/rooms/typing.controller.ts';
import type { ReadRoomAccess } from './reading/room-access.ts';
import type { RoomState } from './reading/room-state.ts';

/** The endpoints of what is about rooms and people and is no event. */
export const EPHEMERAL_CONTROLLERS: Type[] = [TypingController];

export function composeEphemeral(
  { ephemeral }: ClientApiPorts,
  { access, states }: { readonly access: ReadRoomAccess; readonly states: RoomState },
): Provider[] {
  const setTyping = new SetTyping(new RequireParticipant(access, states), ephemeral);
  return [{ provide: SetTyping, useValue: setTyping }];
}
