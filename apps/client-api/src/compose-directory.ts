import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { AddAlias } from './directory/add-alias.ts';
import { ListAliases } from './directory/list-aliases.ts';
import { ListMutualRooms } from './directory/list-mutual-rooms.ts';
import { RemoveAlias } from './directory/remove-alias.ts';
import { ResolveAlias } from './directory/resolve-alias.ts';
import { RoomPowers } from './directory/room-powers.ts';
import { AliasesController } from './in/client/aliases.controller.ts';
import { KnockController } from './in/client/knock.controller.ts';
import { MutualRoomsController } from './in/client/mutual-rooms.controller.ts';
import { ReportController } from './in/client/report.controller.ts';
import type { ReadRoomAccess } from './reading/room-access.ts';
import type { RoomState } from './reading/room-state.ts';
import type { ShowEvents } from './reading/show-events.ts';
import { ReportContent } from './reports/report-content.ts';
import { ClaimAlias } from './rooms/claim-alias.ts';

/** The endpoints about rooms and people that one does not yet share a room with. */
export const DIRECTORY_CONTROLLERS: Type[] = [
  AliasesController,
  KnockController,
  MutualRoomsController,
  ReportController,
];

/** What reading rooms shares with them. */
export interface DirectoryReaders {
  readonly access: ReadRoomAccess;
  readonly showEvents: ShowEvents;
  readonly states: RoomState;
}

export function composeDirectory(ports: ClientApiPorts, { access, showEvents, states }: DirectoryReaders): Provider[] {
  const { aliases, rooms, clock, userRooms } = ports;
  const powers = new RoomPowers(states);
  return [
    provide(new ResolveAlias(aliases, rooms)),
    provide(new AddAlias(access, new ClaimAlias(aliases, rooms, clock))),
    provide(new RemoveAlias(ports, states, powers)),
    provide(new ListAliases(access, aliases)),
    provide(new ListMutualRooms(userRooms)),
    provide(new ReportContent(ports, access, showEvents)),
  ];
}

/** An instance under its class. */
function provide(useValue: object): Provider {
  return { provide: useValue.constructor, useValue };
}
