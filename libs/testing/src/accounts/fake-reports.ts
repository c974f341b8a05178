import { serverNameOf } from '@plexus/matrix-base';
import type {
  NewEventReport,
  NewRoomReport,
  NewUserReport,
  ReportPage,
  ReportQuery,
  ReportRepository,
  StoredReport,
} from '@plexus/storage';

/** The reports in memory. */
export class FakeReports implements ReportRepository {
  readonly events: StoredReport<NewEventReport>[] = [];
  readonly rooms: StoredReport<NewRoomReport>[] = [];
  readonly users: StoredReport<NewUserReport>[] = [];
  #lastId = 0;

  async addEventReport(report: NewEventReport): Promise<void> {
    this.events.push(this.#stored(report));
  }

  async addRoomReport(report: NewRoomReport): Promise<void> {
    this.rooms.push(this.#stored(report));
  }

  async addUserReport(report: NewUserReport): Promise<void> {
    this.users.push(this.#stored(report));
  }

  async listEventReports(query: ReportQuery): Promise<ReportPage<NewEventReport>> {
    return pageOf(this.events, query, ({ roomId, sender }) => ({ about: roomId, sender }));
  }

  async listRoomReports(query: ReportQuery): Promise<ReportPage<NewRoomReport>> {
    return pageOf(this.rooms, query, ({ roomId }) => ({ about: roomId, sender: '' }));
  }

  async listUserReports(query: ReportQuery): Promise<ReportPage<NewUserReport>> {
    return pageOf(this.users, query, ({ userId }) => ({ about: userId, sender: '' }));
  }

  async findEventReport(id: number): Promise<StoredReport<NewEventReport> | undefined> {
    return this.events.find((report) => report.id === id);
  }

  async findRoomReport(id: number): Promise<StoredReport<NewRoomReport> | undefined> {
    return this.rooms.find((report) => report.id === id);
  }

  async findUserReport(id: number): Promise<StoredReport<NewUserReport> | undefined> {
    return this.users.find((report) => report.id === id);
  }

  async removeEventReport(id: number): Promise<boolean> {
    return removeFrom(this.events, id);
  }

  async removeRoomReport(id: number): Promise<boolean> {
    return removeFrom(this.rooms, id);
  }

  async removeUserReport(id: number): Promise<boolean> {
    return removeFrom(this.users, id);
  }

  #stored<Report>(report: Report): StoredReport<Report> {
    return { ...report, id: (this.#lastId += 1), receivedAt: 0 };
  }
}

function removeFrom(all: { readonly id: number }[], id: number): boolean {
  const index = all.findIndex((report) => report.id === id);
  return index >= 0 && all.splice(index, 1).length === 1;
}

function pageOf<Report extends { readonly reporter: string }>(
  all: readonly StoredReport<Report>[],
  query: ReportQuery,
  partsOf: (report: StoredReport<Report>) => { readonly about: string; readonly sender: string },
): ReportPage<Report> {
  const fitting = all.filter((report) => {
    const { about, sender } = partsOf(report);
    return (
      (query.reporterServer === undefined || serverNameOf(report.reporter) === query.reporterServer) &&
      report.reporter.includes(query.reporter ?? '') &&
      about.includes(query.about ?? '') &&
      sender.includes(query.sender ?? '')
    );
  });
  const ordered = query.order === 'oldest-first' ? fitting : fitting.toReversed();
  return { reports: ordered.slice(query.offset, query.offset + query.limit), total: fitting.length };
}
