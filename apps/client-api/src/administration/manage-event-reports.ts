import { MatrixError } from '@plexus/matrix-base';
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

/** Reads what users reported: all of it for the deployment's administrators, else what users of the same hosted server did. */
export class ManageEventReports {
  readonly #ports: ManageEventReportsPorts;

  constructor(ports: ManageEventReportsPorts) {
    this.#ports = ports;
  }

  list({ isDeploymentAdmin, serverName }: Requester, query: ReportQuery): Promise<ReportPage<NewEventReport>> {
    return this.#ports.reports.listEventReports(isDeploymentAdmin ? query : { ...query, reporterServer: serverName });
  }

  /** Throws 404 for a report that there is none of, or that is none of the administrator's. */
  async get({ isDeploymentAdmin, serverName }: Requester, id: number): Promise<Report> {
    const report = await this.#ports.reports.findEventReport(id);
    const isTheirs = isDeploymentAdmin || report?.reporter.endsWith(`:${serverName}`) === true;
    if (report !== undefined && isTheirs) return report;
    throw new MatrixError('M_NOT_FOUND', 404, 'Event report not found');
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
