import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { ReportController } from './in/client/report.controller.ts';
import type { ReadRoomAccess } from './reading/room-access.ts';
import type { ShowEvents } from './reading/show-events.ts';
import { ReportContent } from './reports/report-content.ts';

/** The endpoints about rooms and people that one does not yet share a room with. */
export const DIRECTORY_CONTROLLERS: Type[] = [ReportController];

/** What reading rooms shares with them. */
export interface DirectoryReaders {
  readonly access: ReadRoomAccess;
  readonly showEvents: ShowEvents;
}

export function composeDirectory(ports: ClientApiPorts, { access, showEvents }: DirectoryReaders): Provider[] {
  return [provide(new ReportContent(ports, access, showEvents))];
}

/** An instance under its class. */
function provide(useValue: object): Provider {
  return { provide: useValue.constructor, useValue };
}
