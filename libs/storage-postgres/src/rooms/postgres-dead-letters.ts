import type { DeadLetter, DeadLetterReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface DeadLetterRow {
  readonly shard: number;
  readonly dead_letter_nid: number;
  readonly source: string;
  readonly room_id: string;
  readonly event_id: string | null;
  readonly origin: string | null;
  readonly error: string;
  readonly attempts: number;
  readonly set_aside_at: Date;
}

/** Reads the dead letters of all shards of one database of the rooms area. */
export class PostgresDeadLetters implements DeadLetterReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listDeadLetters({ after, limit }: Parameters<DeadLetterReader['listDeadLetters']>[0]): Promise<DeadLetter[]> {
    const values = [after?.shard ?? -1, after?.nid ?? 0, limit];
    const rows = await this.#database.run<DeadLetterRow>(LIST_DEAD_LETTERS, values);
    return rows.map(deadLetterOf);
  }

  async findDeadLetter(shard: number, deadLetterNid: number): Promise<DeadLetter | undefined> {
    const [row] = await this.#database.run<DeadLetterRow>(FIND_DEAD_LETTER, [shard, deadLetterNid]);
    return row && deadLetterOf(row);
  }
}

function deadLetterOf(row: DeadLetterRow): DeadLetter {
  return {
    shard: row.shard,
    deadLetterNid: row.dead_letter_nid,
    source: row.source,
    roomId: row.room_id,
    eventId: row.event_id ?? undefined,
    origin: row.origin ?? undefined,
    error: row.error,
    attempts: row.attempts,
    setAsideAt: row.set_aside_at.getTime(),
  };
}

const COLUMNS = 'shard, dead_letter_nid, source, room_id, event_id, origin, error, attempts, set_aside_at';

const LIST_DEAD_LETTERS: Statement = {
  name: 'list_dead_letters',
  text: `select ${COLUMNS} from dead_letters where (shard, dead_letter_nid) > ($1, $2)
          order by shard, dead_letter_nid limit $3`,
};
const FIND_DEAD_LETTER: Statement = {
  name: 'find_dead_letter',
  text: `select ${COLUMNS} from dead_letters where shard = $1 and dead_letter_nid = $2`,
};
