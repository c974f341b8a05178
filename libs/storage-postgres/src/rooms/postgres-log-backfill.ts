import type { BackfillProgress, LogBackfill, LogFilling, ShardEpoch } from '@plexus/storage';
import { int2Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresLogBackfill implements LogBackfill {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async beginBackfill(shard: number, endsAt: number): Promise<BackfillProgress> {
    const rows = await this.#database.run<{ position: number; ends_at: number }>(BEGIN_BACKFILL, [shard, endsAt]);
    const [row] = rows;
    return row === undefined ? { position: 0, endsAt } : { position: row.position, endsAt: row.ends_at };
  }

  async fillIn({ shard, epoch }: ShardEpoch, { relations, highlights, upTo }: LogFilling): Promise<boolean> {
    const [row] = await this.#database.run<{ is_held: boolean }>(FILL_IN, [
      shard,
      epoch,
      upTo,
      int8Array(relations.map(({ eventNid }) => eventNid)),
      int8Array(relations.map(({ roomNid }) => roomNid)),
      textArray(relations.map(({ parentEventId }) => parentEventId)),
      textArray(relations.map(({ relationType }) => relationType)),
      int8Array(relations.map(({ topologicalPosition }) => topologicalPosition)),
      textArray(relations.map(({ eventId }) => eventId)),
      textArray(relations.map(({ eventType }) => eventType)),
      textArray(relations.map(({ sender }) => sender)),
      int8Array(relations.map(({ originServerTs }) => originServerTs)),
      int2Array(relations.map(({ isReplacement }) => Number(isReplacement))),
      textArray(relations.map(({ keyHash }) => keyHash)),
      int8Array(highlights.map(({ roomNid }) => roomNid)),
      textArray(highlights.map(({ userId }) => userId)),
      int8Array(highlights.map(({ position }) => position)),
      textArray(highlights.map(({ threadId }) => threadId)),
    ]);
    return row?.is_held === true;
  }
}

/** @NOTE Where the row is there already, the statement's own snapshot has it. */
const BEGIN_BACKFILL: Statement = {
  name: 'begin-log-backfill',
  text: `with begun as (
           insert into log_backfills (shard, position, ends_at) values ($1, 0, $2) on conflict (shard) do nothing
           returning position, ends_at
         )
         select position, ends_at from begun
         union all select position, ends_at from log_backfills where shard = $1`,
};

const FILL_IN: Statement = {
  name: 'fill-in-log',
  text: `select fill_in_log($1::int, $2::bigint, $3::bigint, $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::text[],
           $10::text[], $11::text[], $12::bigint[], $13::smallint[], $14::text[], $15::bigint[], $16::text[], $17::bigint[],
           $18::text[]) as is_held`,
};
