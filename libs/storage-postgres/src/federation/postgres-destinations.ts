import type { DestinationOrder, DestinationQuery, DestinationReader, DestinationSummary } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Reads destinations from Postgres, for administrators. */
export class PostgresDestinations implements DestinationReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listDestinations(query: DestinationQuery): Promise<{ destinations: DestinationSummary[]; total: number }> {
    const { origin, search, limit, offset } = query;
    const [counted] = await this.#database.run<{ total: number }>(COUNT_DESTINATIONS, [origin, search]);
    const rows = await this.#database.run<SummaryRow>(listStatement(query), [origin, search, limit, offset]);
    return { destinations: rows.map(toSummary), total: counted?.total ?? 0 };
  }

  async findDestination(destination: string, origin: string | undefined): Promise<DestinationSummary | undefined> {
    const [row] = await this.#database.run<SummaryRow>(FIND_DESTINATION, [origin, destination]);
    return row === undefined ? undefined : toSummary(row);
  }

  async listOrigins(destination: string): Promise<{ origin: string; isFailing: boolean }[]> {
    const rows = await this.#database.run<{ origin: string; is_failing: boolean }>(LIST_ORIGINS, [destination]);
    return rows.map((row) => ({ origin: row.origin, isFailing: row.is_failing }));
  }

  async findLacking(
    destination: string,
    origin: string | undefined,
    roomIds: readonly string[],
  ): Promise<Map<string, number>> {
    if (roomIds.length === 0) return new Map();
    const rows = await this.#database.run<LackingRow>(FIND_LACKING, [origin, destination, textArray(roomIds)]);
    return new Map(rows.map((row) => [row.room_id, row.position]));
  }
}

interface SummaryRow {
  readonly destination: string;
  readonly retry_last_at: number;
  readonly retry_interval_ms: number;
  readonly failing_since: number | null;
  readonly last_sent_position: number | null;
}

interface LackingRow {
  readonly room_id: string;
  readonly position: number;
}

function toSummary(row: SummaryRow): DestinationSummary {
  return {
    destination: row.destination,
    retryLastAt: row.retry_last_at,
    retryIntervalMs: row.retry_interval_ms,
    failingSince: row.failing_since ?? undefined,
    lastSentPosition: row.last_sent_position ?? undefined,
  };
}

const SUMMARIES = `select destination, max(retry_last_at) as retry_last_at, max(retry_interval_ms) as retry_interval_ms,
    min(failing_since) as failing_since, max(last_sent_position) as last_sent_position
  from destinations where ($1::text is null or origin = $1)`;

const SEARCHED = 'and ($2::text is null or strpos(destination, lower($2)) > 0)';

const COUNT_DESTINATIONS: Statement = {
  name: 'count-listed-destinations',
  text: `select count(distinct destination) as total from destinations
         where ($1::text is null or origin = $1) ${SEARCHED}`,
};

const FIND_DESTINATION: Statement = {
  name: 'find-destination-summary',
  text: `${SUMMARIES} and destination = $2 group by destination`,
};

const LIST_ORIGINS: Statement = {
  name: 'list-origins-of-destination',
  text: 'select origin, retry_interval_ms > 0 as is_failing from destinations where destination = $1 order by origin',
};

const ORDERS: Readonly<Record<DestinationOrder, string>> = {
  destination: 'destination',
  retry_last_ts: 'retry_last_at',
  retry_interval: 'retry_interval_ms',
  failure_ts: 'failing_since',
  last_successful_stream_ordering: 'last_sent_position',
};

function listStatement({ order, descending }: DestinationQuery): Statement {
  const direction = descending ? 'desc' : 'asc';
  return {
    name: `list-destinations-by-${order}-${direction}`,
    text: `select * from (${SUMMARIES} ${SEARCHED} group by destination) as d
           order by ${ORDERS[order]} ${direction} nulls last, destination ${direction} limit $3 offset $4`,
  };
}

const FIND_LACKING: Statement = {
  name: 'find-lacking-rooms',
  text: `select room_id, max(position) as position from destination_rooms
         where ($1::text is null or origin = $1) and destination = $2 and room_id = any($3::text[]) group by room_id`,
};
