/** An event that a user found inappropriate (https://spec.matrix.org/v1.19/client-server-api/#reporting-content). */
export interface NewEventReport {
  readonly roomId: string;
  readonly eventId: string;
  /** Who sent the event. */
  readonly sender: string;
  readonly reporter: string;
  readonly reason: string | undefined;
  /** From -100, most offensive, to 0; of older clients. */
  readonly score: number | undefined;
}

export interface NewRoomReport {
  readonly roomId: string;
  readonly reporter: string;
  readonly reason: string;
}

export interface NewUserReport {
  readonly userId: string;
  readonly reporter: string;
  readonly reason: string;
}

/** A report as it is stored; ids grow with time. */
export type StoredReport<Report> = Report & {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
};

/** Which reports, the newest first unless `order` says otherwise. Texts are parts of what they look for, as an operator types them. */
export interface ReportQuery {
  /** How many are left out at the beginning. */
  readonly offset: number;
  readonly limit: number;
  readonly order: 'newest-first' | 'oldest-first';
  /** Only reports by users of this hosted server. */
  readonly reporterServer?: string | undefined;
  readonly reporter?: string | undefined;
  /** The id of the room, or of the user, that is reported. */
  readonly about?: string | undefined;
  /** Of reported events. */
  readonly sender?: string | undefined;
}

/** `total` counts all that fit. */
export interface ReportPage<Report> {
  readonly reports: StoredReport<Report>[];
  readonly total: number;
}

/** What users reported, for administrators to read. */
export interface ReportRepository {
  addEventReport(report: NewEventReport): Promise<void>;
  addRoomReport(report: NewRoomReport): Promise<void>;
  addUserReport(report: NewUserReport): Promise<void>;
  listEventReports(query: ReportQuery): Promise<ReportPage<NewEventReport>>;
  listRoomReports(query: ReportQuery): Promise<ReportPage<NewRoomReport>>;
  listUserReports(query: ReportQuery): Promise<ReportPage<NewUserReport>>;
  findEventReport(id: number): Promise<StoredReport<NewEventReport> | undefined>;
  findRoomReport(id: number): Promise<StoredReport<NewRoomReport> | undefined>;
  findUserReport(id: number): Promise<StoredReport<NewUserReport> | undefined>;
  /** Each: false where there is none. */
  removeEventReport(id: number): Promise<boolean>;
  removeRoomReport(id: number): Promise<boolean>;
  removeUserReport(id: number): Promise<boolean>;
}
