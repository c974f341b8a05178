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
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface EventReportRow extends ReportRow {
  readonly room_id: string;
  readonly event_id: string;
  readonly sender: string;
  readonly score: number | null;
}

interface RoomReportRow extends ReportRow {
  readonly room_id: string;
}

interface UserReportRow extends ReportRow {
  readonly user_id: string;
}

interface ReportRow {
  readonly id: number;
  readonly reporter: string;
  readonly reason: string | null;
  readonly received_at: Date;
}

export class PostgresReports implements ReportRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addEventReport({ roomId, eventId, sender, reporter, reason, score }: NewEventReport): Promise<void> {
    const values = [roomId, eventId, sender, reporter, serverNameOf(reporter), textOf(reason), score];
    await this.#database.run(ADD_EVENT_REPORT, values);
  }

  async addRoomReport({ roomId, reporter, reason }: NewRoomReport): Promise<void> {
    await this.#database.run(ADD_ROOM_REPORT, [roomId, reporter, serverNameOf(reporter), textOf(reason)]);
  }

  async addUserReport({ userId, reporter, reason }: NewUserReport): Promise<void> {
    await this.#database.run(ADD_USER_REPORT, [userId, reporter, serverNameOf(reporter), textOf(reason)]);
  }

  async listEventReports(query: ReportQuery): Promise<ReportPage<NewEventReport>> {
    return this.#list(EVENT_REPORTS, query, eventReportOf);
  }

  async listRoomReports(query: ReportQuery): Promise<ReportPage<NewRoomReport>> {
    return this.#list(ROOM_REPORTS, query, roomReportOf);
  }

  async listUserReports(query: ReportQuery): Promise<ReportPage<NewUserReport>> {
    return this.#list(USER_REPORTS, query, userReportOf);
  }

  findEventReport(id: number): Promise<StoredReport<NewEventReport> | undefined> {
    return this.#find(EVENT_REPORTS, id, eventReportOf);
  }

  findRoomReport(id: number): Promise<StoredReport<NewRoomReport> | undefined> {
    return this.#find(ROOM_REPORTS, id, roomReportOf);
  }

  findUserReport(id: number): Promise<StoredReport<NewUserReport> | undefined> {
    return this.#find(USER_REPORTS, id, userReportOf);
  }

  removeEventReport(id: number): Promise<boolean> {
    return this.#remove(EVENT_REPORTS, id);
  }

  removeRoomReport(id: number): Promise<boolean> {
    return this.#remove(ROOM_REPORTS, id);
  }

  removeUserReport(id: number): Promise<boolean> {
    return this.#remove(USER_REPORTS, id);
  }

  async #find<Row extends object, Report>(
    { find }: ReportStatements,
    id: number,
    toReport: (row: Row) => StoredReport<Report>,
  ): Promise<StoredReport<Report> | undefined> {
    const [row] = await this.#database.run<Row>(find, [id]);
    return row && toReport(row);
  }

  async #remove({ remove }: ReportStatements, id: number): Promise<boolean> {
    return (await this.#database.run(remove, [id])).length === 1;
  }

  async #list<Row extends object, Report>(
    { rows, count }: ReportStatements,
    { offset, limit, order, reporterServer, reporter, about, sender }: ReportQuery,
    toReport: (row: Row) => StoredReport<Report>,
  ): Promise<ReportPage<Report>> {
    const conditions = [reporterServer, reporter, about, sender];
    const [found, [counted]] = await Promise.all([
      this.#database.run<Row>(rows[order], [...conditions, offset, limit]),
      this.#database.run<{ total: number }>(count, conditions),
    ]);
    return { reports: found.map(toReport), total: counted?.total ?? 0 };
  }
}

/** Postgres keeps no NUL in a text. */
function textOf(reason: string | undefined): string | undefined {
  return reason?.replaceAll('\0', '\uFFFD');
}

function placeOf({ id, reporter, received_at: receivedAt }: ReportRow): {
  id: number;
  reporter: string;
  receivedAt: number;
} {
  return { id, reporter, receivedAt: receivedAt.getTime() };
}

function eventReportOf(row: EventReportRow): StoredReport<NewEventReport> {
  return {
    ...placeOf(row),
    roomId: row.room_id,
    eventId: row.event_id,
    sender: row.sender,
    reason: row.reason ?? undefined,
    score: row.score ?? undefined,
  };
}

function roomReportOf(row: RoomReportRow): StoredReport<NewRoomReport> {
  return { ...placeOf(row), roomId: row.room_id, reason: row.reason ?? '' };
}

function userReportOf(row: UserReportRow): StoredReport<NewUserReport> {
  return { ...placeOf(row), userId: row.user_id, reason: row.reason ?? '' };
}

interface ReportStatements {
  readonly rows: Readonly<Record<ReportQuery['order'], Statement>>;
  readonly count: Statement;
  readonly find: Statement;
  readonly remove: Statement;
}

function statementsOf(
  table: string,
  { about, sender }: { readonly about: string; readonly sender: string },
): ReportStatements {
  const where = `($1::text is null or reporter_server = $1) and ($2::text is null or strpos(reporter, $2) > 0)
    and ($3::text is null or strpos(${about}, $3) > 0) and ($4::text is null or strpos(${sender}, $4) > 0)`;
  const rows = (name: string, direction: string): Statement => ({
    name: `list_${table}_${name}`,
    text: `select * from ${table} where ${where} order by id ${direction} offset $5 limit $6`,
  });
  return {
    rows: { 'newest-first': rows('newest', 'desc'), 'oldest-first': rows('oldest', 'asc') },
    count: { name: `count_${table}`, text: `select count(*) as total from ${table} where ${where}` },
    find: { name: `find_one_of_${table}`, text: `select * from ${table} where id = $1` },
    remove: { name: `remove_one_of_${table}`, text: `delete from ${table} where id = $1 returning 1` },
  };
}

const EVENT_REPORTS = statementsOf('event_reports', { about: 'room_id', sender: 'sender' });
const ROOM_REPORTS = statementsOf('room_reports', { about: 'room_id', sender: `''` });
const USER_REPORTS = statementsOf('user_reports', { about: 'user_id', sender: `''` });

const ADD_EVENT_REPORT: Statement = {
  name: 'add_event_report',
  text: `insert into event_reports (room_id, event_id, sender, reporter, reporter_server, reason, score)
         values ($1, $2, $3, $4, $5, $6, $7)`,
};
const ADD_ROOM_REPORT: Statement = {
  name: 'add_room_report',
  text: 'insert into room_reports (room_id, reporter, reporter_server, reason) values ($1, $2, $3, $4)',
};
const ADD_USER_REPORT: Statement = {
  name: 'add_user_report',
  text: 'insert into user_reports (user_id, reporter, reporter_server, reason) values ($1, $2, $3, $4)',
};
