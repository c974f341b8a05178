import { searchWordsOf } from '@plexus/matrix-base';
import type { RoomSummary, RoomSummaryProjection } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';

/** Writes the projection of summaries into Postgres. */
export class PostgresRoomSummaryProjection implements RoomSummaryProjection {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeSummaries(summaries: readonly RoomSummary[]): Promise<void> {
    if (summaries.length === 0) return;
    const texts = (textOf: (summary: RoomSummary) => string | undefined): Buffer =>
      textArray(summaries.map((summary) => storable(textOf(summary))));
    const flags = (isSet: (summary: RoomSummary) => boolean): boolean[] => summaries.map(isSet);
    await this.#database.run(STORE, [
      texts(({ roomId }) => roomId),
      int4Array(summaries.map(({ shard }) => shard)),
      int8Array(summaries.map(({ roomNid }) => roomNid)),
      int8Array(summaries.map(({ position }) => position)),
      texts(({ roomVersion }) => roomVersion),
      int4Array(summaries.map(({ joinedCount }) => joinedCount)),
      texts(({ name }) => name),
      texts(({ topic }) => topic),
      texts(({ canonicalAlias }) => canonicalAlias),
      texts(({ avatarUrl }) => avatarUrl),
      texts(({ joinRule }) => joinRule),
      texts(({ roomType }) => roomType),
      texts(({ encryption }) => encryption),
      flags(({ isWorldReadable }) => isWorldReadable),
      flags(({ guestsCanJoin }) => guestsCanJoin),
      flags(({ isWorldReadable, joinRule }) => isWorldReadable || joinRule === 'public'),
      texts((summary) => wordsOf(summary).join(' ')),
    ]);
  }

  async removeSummary(roomId: string): Promise<void> {
    await this.#database.run(REMOVE, [roomId]);
  }
}

/** @NOTE Postgres keeps no NUL in a text. */
function storable(text: string | undefined): string | undefined {
  return text?.replaceAll('\0', '');
}

function wordsOf({ name = '', topic = '', canonicalAlias = '' }: RoomSummary): string[] {
  return searchWordsOf(`${name} ${canonicalAlias} ${topic}`);
}

const COLUMNS = `room_id, shard, room_nid, position, room_version, joined_count, name, topic, canonical_alias, avatar_url,
  join_rule, room_type, encryption, is_world_readable, guests_can_join, is_public`;

/** @NOTE In the order of the key, so that two calls cannot wait for each other's rows. */
const STORE = {
  name: 'store-room-summaries',
  text: `insert into room_summaries (${COLUMNS}, search_words)
         select ${COLUMNS}, array_to_tsvector(array_remove(string_to_array(words, ' '), ''))
         from unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[],
           $10::text[], $11::text[], $12::text[], $13::text[], $14::bool[], $15::bool[], $16::bool[], $17::text[])
           as s (${COLUMNS}, words)
         order by room_id
         on conflict (room_id) do update set
           shard = excluded.shard, room_nid = excluded.room_nid, position = excluded.position,
           room_version = excluded.room_version, joined_count = excluded.joined_count, name = excluded.name,
           topic = excluded.topic, canonical_alias = excluded.canonical_alias, avatar_url = excluded.avatar_url,
           join_rule = excluded.join_rule, room_type = excluded.room_type, encryption = excluded.encryption,
           is_world_readable = excluded.is_world_readable, guests_can_join = excluded.guests_can_join,
           is_public = excluded.is_public, search_words = excluded.search_words
         where room_summaries.position <= excluded.position`,
};

const REMOVE = { name: 'remove-room-summary', text: 'delete from room_summaries where room_id = $1' };
