import { localpartOf, searchWordsOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { MAX_PROFILE_BYTES } from '@plexus/storage';
import type { ProfileFields, ProfileRepository } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface ShownRow {
  readonly displayname: string | null;
  readonly avatar_url: string | null;
}

interface FieldRow {
  readonly key_name: string;
  readonly value: string;
}

interface ProfileRow extends ShownRow {
  readonly user_id: string;
  readonly fields: readonly FieldRow[] | null;
}

/** What rooms show of a user, and the column in which it is. */
const SHOWN: ReadonlySet<string> = new Set(['displayname', 'avatar_url']);

export class PostgresProfiles implements ProfileRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findProfile(userId: string): Promise<ProfileFields | undefined> {
    return (await this.listProfiles([userId])).get(userId);
  }

  async listProfiles(userIds: readonly string[]): Promise<Map<string, ProfileFields>> {
    const rows = await this.#database.run<ProfileRow>(LIST_PROFILES, [textArray(userIds)]);
    return new Map(rows.map((row) => [row.user_id, profileOf(row, row.fields ?? [])]));
  }

  async changeProfile(
    userId: string,
    keyName: string,
    value: JsonValue | undefined,
  ): Promise<'changed' | 'too-large' | 'unknown-user'> {
    return this.#database.transaction(async (transaction) => {
      const [shown] = await transaction.run<ShownRow>(LOCK_SHOWN, [userId]);
      if (shown === undefined) return 'unknown-user';
      const profile = profileOf(shown, await transaction.run<FieldRow>(FIND_FIELDS, [userId]));
      if (value === undefined) profile.delete(keyName);
      else profile.set(keyName, value);
      if (value !== undefined && sizeOf(profile) > MAX_PROFILE_BYTES) return 'too-large';
      if (SHOWN.has(keyName)) await storeShown(transaction, userId, profile);
      else if (value === undefined) await transaction.run(REMOVE_FIELD, [userId, keyName]);
      else await transaction.run(STORE_FIELD, [userId, keyName, JSON.stringify(value)]);
      return 'changed';
    });
  }
}

/** The words by which a user is found. */
export function searchWordsOfUser(userId: string, displayName: string | undefined): Buffer {
  return textArray(searchWordsOf(`${localpartOf(userId)} ${displayName ?? ''}`));
}

async function storeShown(transaction: PostgresTransaction, userId: string, profile: ProfileFields): Promise<void> {
  const [displayName, avatarUrl] = [textIn(profile, 'displayname'), textIn(profile, 'avatar_url')];
  await transaction.run(STORE_SHOWN, [userId, displayName, avatarUrl, searchWordsOfUser(userId, displayName)]);
  await transaction.run(PROPAGATE, [userId]);
}

/** @NOTE Postgres keeps no NUL in a text. */
function textIn(profile: ProfileFields, keyName: string): string | undefined {
  const value = profile.get(keyName);
  return typeof value === 'string' ? value.replaceAll('\0', '') : undefined;
}

function profileOf({ displayname, avatar_url }: ShownRow, fields: readonly FieldRow[]): Map<string, JsonValue> {
  const profile = new Map<string, JsonValue>();
  if (displayname !== null) profile.set('displayname', displayname);
  if (avatar_url !== null) profile.set('avatar_url', avatar_url);
  for (const { key_name: keyName, value } of fields) profile.set(keyName, JSON.parse(value) as JsonValue);
  return profile;
}

function sizeOf(profile: ProfileFields): number {
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(profile)));
}

const LIST_PROFILES: Statement = {
  name: 'list_profiles',
  text: `select user_id, displayname, avatar_url, (
           select json_agg(json_build_object('key_name', key_name, 'value', value) order by key_name)
             from profile_fields f where f.user_id = u.user_id
         ) as fields
         from users u where user_id = any($1::text[]) and deactivated_at is null`,
};
const LOCK_SHOWN: Statement = {
  name: 'lock_shown_profile',
  text: 'select displayname, avatar_url from users where user_id = $1 and deactivated_at is null for update',
};
const FIND_FIELDS: Statement = {
  name: 'find_profile_fields',
  text: 'select key_name, value from profile_fields where user_id = $1 order by key_name',
};
const STORE_FIELD: Statement = {
  name: 'store_profile_field',
  text: `insert into profile_fields (user_id, key_name, value) values ($1, $2, $3)
         on conflict (user_id, key_name) do update set value = excluded.value`,
};
const REMOVE_FIELD: Statement = {
  name: 'remove_profile_field',
  text: 'delete from profile_fields where user_id = $1 and key_name = $2',
};
const STORE_SHOWN: Statement = {
  name: 'store_shown_profile',
  text: `update users set displayname = $2, avatar_url = $3, search_words = array_to_tsvector($4::text[]) where user_id = $1`,
};
/** @NOTE Versions name commands, which are remembered longer than the row: one that begins anew goes on from the time. */
const PROPAGATE: Statement = {
  name: 'propagate_profile',
  text: `insert into profile_propagations (user_id, version)
         select user_id, floor(extract(epoch from clock_timestamp()) * 1000000)::bigint from users
          where user_id = $1 and not is_shadow_banned
         on conflict (user_id) do update set version = profile_propagations.version + 1, last_room_id = ''`,
};
