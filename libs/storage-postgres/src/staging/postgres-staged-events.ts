import type {
  StagedEvent,
  StagedEventReader,
  StagedEventWriter,
  StagedImport,
  StagedPageQuery,
  StagedPart,
  StagedRow,
} from '@plexus/storage';
import { byteaArray, int2Array, int4Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { statusOfNumber } from '../rooms/stored-event-row.ts';

/** In the order of their numbers in the column `part`: append only. */
const PARTS: readonly StagedPart[] = ['auth', 'state', 'timeline', 'removed'];

/** What is staged for the owners of rooms, in Postgres. */
export class PostgresStagedEvents implements StagedEventWriter, StagedEventReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async stageEvents({ shard, importId }: StagedImport, events: readonly StagedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#database.run(STAGE, [
      shard,
      importId,
      int4Array(events.map(({ ordinal }) => ordinal)),
      int2Array(events.map(({ part }) => PARTS.indexOf(part))),
      textArray(events.map(({ eventId }) => eventId)),
      byteaArray(events.map(({ json }) => json)),
      int2Array(events.map(({ isRedactedCopy }) => Number(isRedactedCopy === true))),
    ]);
  }

  async removeStaged({ shard, importId }: StagedImport): Promise<void> {
    await this.#database.run(REMOVE, [shard, importId]);
  }

  async removeForgotten(olderThanMs: number, limit: number): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(REMOVE_FORGOTTEN, [olderThanMs, limit]);
    return row?.count ?? 0;
  }

  async listStaged({ shard, importId, roomNid, parts, after, limit }: StagedPageQuery): Promise<StagedRow[]> {
    const numbers = int2Array(parts.map((part) => PARTS.indexOf(part)));
    const rows = await this.#database.run<Row>(LIST, [shard, importId, roomNid, numbers, after, limit]);
    return rows.map(toStagedRow);
  }
}

interface Row {
  readonly ordinal: number;
  readonly part: number;
  readonly event_id: string;
  readonly json: Buffer;
  readonly event_nid: number | null;
  readonly status: number | null;
  readonly is_redacted_copy: boolean;
  readonly is_stored_redacted: boolean;
}

function toStagedRow(row: Row): StagedRow {
  const part = PARTS[row.part];
  if (part === undefined) throw new RangeError(`unknown part of an import: ${row.part}`);
  return {
    ordinal: row.ordinal,
    part,
    eventId: row.event_id,
    json: row.json,
    isRedactedCopy: row.is_redacted_copy,
    stored: storedOf(row),
  };
}

function storedOf({ event_nid: eventNid, status, is_stored_redacted: isRedactedCopy }: Row): StagedRow['stored'] {
  return eventNid === null ? undefined : { eventNid, status: statusOfNumber(status ?? 0), isRedactedCopy };
}

const STAGE: Statement = {
  name: 'stage-events',
  text: `insert into staged_events (shard, import_id, ordinal, part, event_id, json, is_redacted_copy)
         select $1, $2, ordinal, part, event_id, json, case is_redacted_copy when 1 then true end
         from unnest($3::int[], $4::smallint[], $5::text[], $6::bytea[], $7::smallint[])
           as s (ordinal, part, event_id, json, is_redacted_copy)
         on conflict (shard, import_id, ordinal) do nothing`,
};

const REMOVE: Statement = {
  name: 'remove-staged-events',
  text: 'delete from staged_events where shard = $1 and import_id = $2',
};

const REMOVE_FORGOTTEN: Statement = {
  name: 'remove-forgotten-imports',
  text: `with forgotten as (
           select shard, import_id from staged_events group by shard, import_id
           having max(staged_at) < now() - $1::bigint * interval '1 millisecond' limit $2
         ), removed as (
           delete from staged_events s using forgotten f where s.shard = f.shard and s.import_id = f.import_id
         )
         select count(*)::int as count from forgotten`,
};

/**
 * @NOTE Each row looks up its own event, by a limit that keeps Postgres from choosing a join: what is staged is new to its statistics, and with those of
 * another import it took seconds for the pages of 2,000 events. The shard comes from the row: of a shard that they do not know yet, statistics say
 * that it has one event, and Postgres goes through the shard's primary key to find that one, which is all events of the import.
 */
const LIST: Statement = {
  name: 'list-staged-events',
  text: `select s.ordinal, s.part, s.event_id, s.json, s.is_redacted_copy is true as is_redacted_copy, e.event_nid, e.status,
           c.is_marked is true as is_stored_redacted
         from (
           select shard, ordinal, part, event_id, json, is_redacted_copy from staged_events
           where shard = $1 and import_id = $2 and part = any($4::smallint[]) and ordinal > $5 order by ordinal limit $6
         ) s
         left join lateral (
           select here.event_nid, here.status, here.room_nid from events here
           where here.shard = s.shard and here.event_id = s.event_id limit 1
         ) e on e.room_nid = $3
         left join lateral (
           select true as is_marked from redacted_copies marked where marked.shard = s.shard and marked.event_nid = e.event_nid limit 1
         ) c on true
         order by s.ordinal`,
};
