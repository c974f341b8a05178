import type { JsonObject } from '@plexus/matrix-base';

/** What an administrator is about to do. */
export interface NewAuditEntry {
  readonly administrator: string;
  /** The administrator's hosted server. */
  readonly serverName: string;
  /** As whose administrator. */
  readonly scope: 'deployment' | 'server';
  /** Method and path pattern. */
  readonly action: string;
  /** On whom or what: the values in the path, by their names. */
  readonly target: Readonly<Record<string, string>>;
  /** What was asked for, without secrets. */
  readonly details: JsonObject;
  /** The client's. */
  readonly address: string;
}

export interface AuditOutcome {
  readonly httpStatus: number;
  readonly errcode: string | undefined;
}

/** `outcome` is nothing where the action was never answered: the process died, or still works on it. */
export interface AuditEntry extends NewAuditEntry {
  readonly entryId: number;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  readonly outcome: AuditOutcome | undefined;
}

export interface AuditQuery {
  /** Only actions of this hosted server's administrators. */
  readonly serverName?: string | undefined;
  /** Only what was done as that. */
  readonly scope?: NewAuditEntry['scope'] | undefined;
  readonly administrator?: string | undefined;
  /** Only entries that name this room, user or other thing in their path. */
  readonly target?: string | undefined;
  /** The last entry of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The log of all administrative actions. Nothing removes from it. */
export interface AuditLog {
  /** Stores the intention, before anything is done. */
  begin(entry: NewAuditEntry): Promise<number>;
  finish(entryId: number, outcome: AuditOutcome): Promise<void>;
  /** The newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
}
