import type { Requester } from '@plexus/service-shell';
import type {
  NewRoomReport,
  NewUserReport,
  ReportPage,
  ReportQuery,
  ReportRepository,
  StoredReport,
} from '@plexus/storage';
import { requireTheirs, withinScope } from './report-scope.ts';

/** Lets administrators read and remove reports of rooms and of users. */
export class ManageReports {
  readonly #reports: ReportRepository;

  constructor(reports: ReportRepository) {
    this.#reports = reports;
  }

  listRooms(requester: Requester, query: ReportQuery): Promise<ReportPage<NewRoomReport>> {
    return this.#reports.listRoomReports(withinScope(requester, query));
  }

  listUsers(requester: Requester, query: ReportQuery): Promise<ReportPage<NewUserReport>> {
    return this.#reports.listUserReports(withinScope(requester, query));
  }

  async getRoom(requester: Requester, id: number): Promise<StoredReport<NewRoomReport>> {
    return requireTheirs(requester, await this.#reports.findRoomReport(id), 'Room report not found');
  }

  async getUser(requester: Requester, id: number): Promise<StoredReport<NewUserReport>> {
    return requireTheirs(requester, await this.#reports.findUserReport(id), 'User report not found');
  }

  async removeRoom(requester: Requester, id: number): Promise<void> {
    await this.getRoom(requester, id);
    await this.#reports.removeRoomReport(id);
  }

  async removeUser(requester: Requester, id: number): Promise<void> {
    await this.getUser(requester, id);
    await this.#reports.removeUserReport(id);
  }
}
