import type { JsonObject } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type {
  NewEventReport,
  ReportPage,
  ReportQuery,
  ReportRepository,
  RoomReader,
  StoredReport,
} from '@plexus/storage';
import { requireTheirs, withinScope } from './report-scope.ts';

export interface ManageEventReportsPorts {
  readonly reports: ReportRepository;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEventsById'>;
  readonly states: RoomState;
}

/** What of the reported event and its room is still there. */
export interface ReportedThing {
  readonly name: string | null;
  readonly canonicalAlias: string | null;
  readonly eventJson: JsonObject | null;
}

type Report = StoredReport<NewEventReport>;

/** Lets administrators read and remove reports of events. */
export class ManageEventReports {
  readonly #ports: ManageEventReportsPorts;

  constructor(ports: ManageEventReportsPorts) {
    this.#ports = ports;
  }

  list(requester: Requester, query: ReportQuery): Promise<ReportPage<NewEventReport>> {
    return this.#ports.reports.listEventReports(withinScope(requester, query));
  }

  async get(requester: Requester, id: number): Promise<Report> {
    return requireTheirs(requester, await this.#ports.reports.findEventReport(id), 'Event report not found');
  }

  async remove(requester: Requester, id: number): Promise<void> {
    await this.get(requester, id);
    await this.#ports.reports.removeEventReport(id);
  }

  async describe({ roomId, eventId }: Report): Promise<ReportedThing> {
    const { rooms, states } = this.#ports;
    const room = await rooms.findRoom(roomId);
    if (room === undefined) return { name: null, canonicalAlias: null, eventJson: null };
    const [name, alias] = await Promise.all(
      ['m.room.name', 'm.room.canonical_alias'].map((type) =>
        states.find(room, room.currentRoot, { type, stateKey: '' }),
      ),
    );
    const stored = (await rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    return {
      name: textOf(name?.content['name']),
      canonicalAlias: textOf(alias?.content['alias']),
      eventJson: stored === undefined ? null : readEvent(stored, room.roomVersion).pdu,
    };
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
