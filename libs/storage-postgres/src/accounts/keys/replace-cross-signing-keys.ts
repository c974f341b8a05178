import type { CrossSigningKeyRecord } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresTransaction } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/**
 * Puts keys in place of those of the same usage, and whether that changed anything. What was signed with or for a key that goes is removed; a new
 * master key takes all other keys along, since it has not signed them. The caller has locked the user.
 */
export async function replaceCrossSigningKeys(
  transaction: PostgresTransaction,
  request: {
    readonly userId: string;
    readonly keys: readonly CrossSigningKeyRecord[];
    readonly current: readonly CrossSigningKeyRecord[];
  },
): Promise<boolean> {
  const { userId, keys, current } = request;
  const changed = keys.filter((key) => !current.some((known) => known.usage === key.usage && known.key === key.key));
  if (changed.length === 0) return false;
  const gone = replacedBy(keys, current);
  await transaction.run(REMOVE_KEYS, [userId, textArray(gone.map(({ usage }) => usage))]);
  await transaction.run(REMOVE_SIGNATURES, [userId, textArray(gone.map(({ publicKey }) => publicKey))]);
  for (const { usage, publicKey, key } of changed) await transaction.run(SET_KEY, [userId, usage, publicKey, key]);
  return true;
}

function replacedBy(
  keys: readonly CrossSigningKeyRecord[],
  current: readonly CrossSigningKeyRecord[],
): CrossSigningKeyRecord[] {
  const nextOf = (usage: string): CrossSigningKeyRecord | undefined => keys.find((key) => key.usage === usage);
  const hasNewMaster = current.some((known) => known.usage === 'master' && isOther(known, nextOf('master')));
  return current.filter((known) => {
    const next = nextOf(known.usage);
    return isOther(known, next) || (hasNewMaster && next === undefined);
  });
}

/** A key that is uploaded again with other signatures is the same key. */
function isOther(known: CrossSigningKeyRecord, next: CrossSigningKeyRecord | undefined): boolean {
  return next !== undefined && next.publicKey !== known.publicKey;
}

const REMOVE_KEYS: Statement = {
  name: 'remove_cross_signing_keys',
  text: 'delete from cross_signing_keys where user_id = $1 and usage = any($2::text[])',
};
const REMOVE_SIGNATURES: Statement = {
  name: 'remove_signatures_of_cross_signing_keys',
  text: `delete from key_signatures
          where (user_id = $1 and key_id = any($2::text[]))
             or (signer_user_id = $1 and signer_key_id = any(select 'ed25519:' || key from unnest($2::text[]) as key))`,
};
const SET_KEY: Statement = {
  name: 'set_cross_signing_key',
  text: `insert into cross_signing_keys (user_id, usage, public_key, key) values ($1, $2, $3, $4)
         on conflict (user_id, usage) do update set public_key = excluded.public_key, key = excluded.key`,
};
