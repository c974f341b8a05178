import type {
  CrossSigningKeyRecord,
  CrossSigningRepository,
  CrossSigningUsage,
  KeySignature,
  StoreCrossSigningOutcome,
} from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { EVERYBODY, recordDeviceListChange } from './device-list-changes.ts';
import { replaceCrossSigningKeys } from './replace-cross-signing-keys.ts';

interface KeyRow {
  readonly user_id: string;
  readonly usage: CrossSigningUsage;
  readonly public_key: string;
  readonly key: string;
}

interface SignatureRow {
  readonly user_id: string;
  readonly key_id: string;
  readonly signer_user_id: string;
  readonly signer_key_id: string;
  readonly signature: string;
}

export class PostgresCrossSigning implements CrossSigningRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findCrossSigningKeys(userIds: readonly string[]): Promise<CrossSigningKeyRecord[]> {
    return (await this.#database.run<KeyRow>(FIND_KEYS, [textArray(userIds)])).map(keyOf);
  }

  /** The user's row is locked: keys that are replaced at the same time, and devices that are opened, follow one another. */
  async storeCrossSigningKeys(
    userId: string,
    keys: readonly CrossSigningKeyRecord[],
    known: readonly CrossSigningKeyRecord[],
  ): Promise<StoreCrossSigningOutcome> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_OWNER, [userId]);
      const current = (await transaction.run<KeyRow>(FIND_KEYS, [textArray([userId])])).map(keyOf);
      if (!areSame(current, known)) return { outcome: 'changed-meanwhile' };
      const publicKeys = keys.map(({ publicKey }) => publicKey);
      const devices = await transaction.run(FIND_DEVICES, [userId, textArray(publicKeys)]);
      if (devices.length > 0) return { outcome: 'key-is-device-id' };
      const changesDeviceList = await replaceCrossSigningKeys(transaction, { userId, keys, current });
      if (changesDeviceList) await recordDeviceListChange(transaction, userId);
      return { outcome: 'stored', changesDeviceList };
    });
  }

  async findSignatures(userIds: readonly string[], viewer: string): Promise<KeySignature[]> {
    const rows = await this.#database.run<SignatureRow>(FIND_SIGNATURES, [textArray(userIds), viewer]);
    return rows.map((row) => ({
      userId: row.user_id,
      keyId: row.key_id,
      signerUserId: row.signer_user_id,
      signerKeyId: row.signer_key_id,
      signature: row.signature,
    }));
  }

  /** Of another user's key only the signer sees that it was signed. */
  async storeSignatures(signatures: readonly KeySignature[]): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const columns = [
        signatures.map(({ userId }) => userId),
        signatures.map(({ keyId }) => keyId),
        signatures.map(({ signerUserId }) => signerUserId),
        signatures.map(({ signerKeyId }) => signerKeyId),
        signatures.map(({ signature }) => signature),
      ].map(textArray);
      const rows = await transaction.run<{ user_id: string; signer_user_id: string }>(ADD_SIGNATURES, columns);
      const changes = new Map(rows.map((row) => [`${row.user_id} ${row.signer_user_id}`, row]));
      for (const { user_id: userId, signer_user_id: signer } of changes.values())
        await recordDeviceListChange(transaction, userId, signer === userId ? EVERYBODY : signer);
      return changes.size > 0;
    });
  }
}

function keyOf(row: KeyRow): CrossSigningKeyRecord {
  return { userId: row.user_id, usage: row.usage, publicKey: row.public_key, key: row.key };
}

function areSame(some: readonly CrossSigningKeyRecord[], others: readonly CrossSigningKeyRecord[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ usage, key }) => others.some((o) => o.usage === usage && o.key === key))
  );
}

const LOCK_OWNER: Statement = {
  name: 'lock_cross_signing_owner',
  text: 'select 1 from users where user_id = $1 for no key update',
};
const FIND_DEVICES: Statement = {
  name: 'find_devices_named_as_keys',
  text: 'select 1 from devices where user_id = $1 and device_id = any($2::text[])',
};
const FIND_KEYS: Statement = {
  name: 'find_cross_signing_keys',
  text: 'select user_id, usage, public_key, key from cross_signing_keys where user_id = any($1::text[])',
};
const FIND_SIGNATURES: Statement = {
  name: 'find_key_signatures',
  text: `select user_id, key_id, signer_user_id, signer_key_id, signature from key_signatures
          where user_id = any($1::text[]) and signer_user_id in (user_id, $2)`,
};
const ADD_SIGNATURES: Statement = {
  name: 'add_key_signatures',
  text: `insert into key_signatures as s (user_id, key_id, signer_user_id, signer_key_id, signature)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         on conflict (user_id, key_id, signer_user_id, signer_key_id) do update set signature = excluded.signature
         where s.signature <> excluded.signature
         returning user_id, signer_user_id`,
};
