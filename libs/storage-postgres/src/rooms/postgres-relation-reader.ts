import type {
  RelatedEvents,
  RelatedQuery,
  RelationPageQuery,
  RelationReader,
  ThreadPageQuery,
  ThreadPlace,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { FIND_RELATED, PAGE_THREADS, relationStatement } from './relation-statements.ts';

const END = Number.MAX_SAFE_INTEGER;

/** Reads from Postgres how events relate. */
export class PostgresRelationReader implements RelationReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findRelated(query: RelatedQuery): Promise<Map<string, RelatedEvents>> {
    const { shard, roomNid, parents, userId, ignored, before } = query;
    if (parents.length === 0) return new Map();
    const rows = await this.#database.run<RelatedRow>(FIND_RELATED, [
      shard,
      roomNid,
      textArray(parents.map(({ eventId }) => eventId)),
      textArray(parents.map(({ sender }) => sender)),
      textArray(parents.map(({ type }) => type)),
      userId,
      textArray(ignored),
      before?.topologicalPosition ?? END,
      before?.eventNid ?? END,
      before !== undefined,
    ]);
    return new Map(rows.map((row) => [row.parent_event_id, toRelated(row)]));
  }

  async pageRelations(query: RelationPageQuery): Promise<number[]> {
    const { direction, from, to } = query;
    const [newer, older] = direction === 'backwards' ? [from, to] : [to, from];
    const statement = relationStatement(direction, query.depth > 1 ? 'nested' : 'direct');
    const rows = await this.#database.run<{ event_nid: number }>(statement, [
      query.shard,
      query.roomNid,
      query.parentEventId,
      query.relationType ?? null,
      query.eventType ?? null,
      newer?.topologicalPosition ?? END,
      newer?.eventNid ?? END,
      older?.topologicalPosition ?? -1,
      older?.eventNid ?? -1,
      query.limit,
      ...(query.depth > 1 ? [query.depth] : []),
    ]);
    return rows.map((row) => row.event_nid);
  }

  async pageThreads({ shard, roomNid, before, limit }: ThreadPageQuery): Promise<ThreadPlace[]> {
    const values = [shard, roomNid, before.topologicalPosition, before.eventNid, limit];
    const rows = await this.#database.run<ThreadRow>(PAGE_THREADS, values);
    return rows.map((row) => ({
      rootEventId: row.root_event_id,
      latest: { topologicalPosition: row.latest_topological_position, eventNid: row.latest_event_nid },
    }));
  }
}

interface RelatedRow {
  readonly parent_event_id: string;
  readonly replacements: number[];
  readonly references: number[];
  readonly reply_count: number | null;
  readonly latest: number[];
  readonly has_replied: boolean;
}

interface ThreadRow {
  readonly root_event_id: string;
  readonly latest_topological_position: number;
  readonly latest_event_nid: number;
}

function toRelated(row: RelatedRow): RelatedEvents {
  const { replacements, references, reply_count: count, latest, has_replied: hasReplied } = row;
  const thread = count === null || count <= 0 ? undefined : { count, latest, hasReplied };
  return { replacements, references, thread };
}
