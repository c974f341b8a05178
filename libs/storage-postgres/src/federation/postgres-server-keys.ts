import { MAX_KEPT_DOCUMENT_BYTES, MAX_KEYS_PER_SERVER } from '@plexus/storage';
import type { ServerKeyDocument, ServerKeyRepository, StoredServerKey } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface KeyRow {
  readonly key_id: string;
  readonly public_key: string;
  readonly valid_until: Date;
  readonly expired_at: Date | null;
  readonly learned_from: string | null;
}

interface DocumentRow {
  readonly document: string;
  readonly valid_until: Date;
  readonly fetched_at: Date;
}

export class PostgresServerKeys implements ServerKeyRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findKeys(serverName: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, StoredServerKey>> {
    const rows = await this.#database.run<KeyRow>(FIND_KEYS, [serverName, textArray(keyIds)]);
    return new Map(rows.map((row) => [row.key_id, keyOf(serverName, row)]));
  }

  async findDocument(serverName: string): Promise<ServerKeyDocument | undefined> {
    const [row] = await this.#database.run<DocumentRow>(FIND_DOCUMENT, [serverName]);
    return row && documentOf(serverName, row);
  }

  /** One document at a time for each server: the row of the document is locked first. */
  async storeKeys(document: ServerKeyDocument, keys: readonly StoredServerKey[]): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const { serverName, json, validUntil, fetchedAt } = document;
      const isOwnWord = keys.some(({ learnedFrom }) => learnedFrom === serverName);
      const told = [serverName, json, new Date(validUntil), new Date(fetchedAt), isOwnWord];
      const isKept = (await transaction.run(STORE_DOCUMENT, told)).length > 0;
      const isLatest = isKept && isOwnWord;
      for (const { keyId, publicKey, expiredAt, learnedFrom = null, validUntil: until } of keys) {
        const expired = expiredAt === undefined ? null : new Date(expiredAt);
        const key = [serverName, keyId, publicKey, new Date(until), expired, learnedFrom, isLatest];
        await transaction.run(STORE_KEY, key);
      }
      await transaction.run(FORGET_KEYS, [serverName, MAX_KEYS_PER_SERVER]);
    });
  }

  async forgetDocuments(invalidForMs: number, most: number): Promise<number> {
    return (await this.#database.run(FORGET_DOCUMENTS, [invalidForMs, most])).length;
  }
}

function keyOf(serverName: string, row: KeyRow): StoredServerKey {
  return {
    serverName,
    keyId: row.key_id,
    publicKey: row.public_key,
    validUntil: row.valid_until.getTime(),
    ...(row.expired_at !== null && { expiredAt: row.expired_at.getTime() }),
    ...(row.learned_from !== null && { learnedFrom: row.learned_from }),
  };
}

function documentOf(serverName: string, row: DocumentRow): ServerKeyDocument {
  return {
    serverName,
    json: row.document,
    validUntil: row.valid_until.getTime(),
    fetchedAt: row.fetched_at.getTime(),
  };
}

const FIND_KEYS: Statement = {
  name: 'find-server-keys',
  text: `select key_id, public_key, valid_until, expired_at, learned_from from server_keys
          where server_name = $1 and key_id = any($2::text[])`,
};
const FIND_DOCUMENT: Statement = {
  name: 'find-server-key-document',
  text: 'select document, valid_until, fetched_at from server_key_documents where server_name = $1',
};
const STORE_DOCUMENT: Statement = {
  name: 'store-server-key-document',
  text: `insert into server_key_documents as stored (server_name, document, valid_until, fetched_at)
         values ($1, $2, $3, $4)
         on conflict (server_name) do update
            set document = excluded.document, valid_until = excluded.valid_until, fetched_at = excluded.fetched_at
          where stored.valid_until <= excluded.valid_until or ($5::boolean and stored.fetched_at <= excluded.fetched_at)
         returning 1`,
};
/** @NOTE A notary may hand on what a server said before it put a key away: only the server itself takes that back. */
const STORE_KEY: Statement = {
  name: 'store-server-key',
  text: `insert into server_keys as stored (server_name, key_id, public_key, valid_until, expired_at, learned_from)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (server_name, key_id) do update
            set public_key = excluded.public_key, valid_until = excluded.valid_until, expired_at = excluded.expired_at,
                learned_from = excluded.learned_from
          where $7::boolean
             or (stored.valid_until <= excluded.valid_until
                 and (stored.expired_at is null or excluded.expired_at is not null))`,
};
/** @NOTE Those that are in use count as the latest. */
const FORGET_KEYS: Statement = {
  name: 'forget-server-keys',
  text: `delete from server_keys where server_name = $1 and key_id = any(array(
           select key_id from server_keys where server_name = $1
            order by expired_at desc nulls first, valid_until desc, key_id offset $2))`,
};
const FORGET_DOCUMENTS: Statement = {
  name: 'forget-server-key-documents',
  text: `delete from server_key_documents where ctid = any(array(
           select ctid from server_key_documents
            where valid_until < now() - make_interval(secs => $1::float8 / 1000)
              and octet_length(document) > ${MAX_KEPT_DOCUMENT_BYTES} limit $2))
         returning 1`,
};
