import type {
  AccessRecord,
  AddDeviceOutcome,
  NewDevice,
  NewSession,
  NewTokens,
  OpenOutcome,
  RefreshOutcome,
  SessionRepository,
} from '@plexus/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeDevices, removeTokens } from './remove-devices.ts';
import { tokenHashesOf } from './token-hashes.ts';
import type { TokenHashRow } from './token-hashes.ts';

interface AccessRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly is_admin: boolean;
  readonly is_deployment_admin: boolean;
  readonly is_guest: boolean;
  readonly expires_at: Date | null;
  readonly is_locked: boolean;
  readonly is_suspended: boolean;
  readonly is_shadow_banned: boolean;
  readonly is_confirmed: boolean;
  readonly is_exempt_from_consent: boolean | null;
  readonly registered_by: string | null;
}

interface UserAccessRow extends AccessRow {
  readonly devices: string[];
}

interface RefreshRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly is_confirmed: boolean;
  readonly has_expired: boolean;
}

type DeviceRow = Pick<RefreshRow, 'user_id' | 'device_id'>;
type UnconfirmedRow = DeviceRow & { readonly refresh_token_hash: Buffer };

/**
 * Who changes the tokens of a user locks the user's row first: so a deactivation at the same time leaves no token behind, and of two refreshes
 * the second one sees what the first one left.
 */
export class PostgresSessions implements SessionRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined> {
    const [row] = await this.#database.run<AccessRow>(FIND_ACCESS, [tokenHash]);
    return row && accessOf(row);
  }

  async findUserAccess(userId: string): Promise<AccessRecord | undefined> {
    const [row] = await this.#database.run<UserAccessRow>(FIND_USER_ACCESS, [userId]);
    return row && { ...accessOf(row), ...(row.devices.length > 0 && { devices: row.devices }) };
  }

  async hasDevice(userId: string, deviceId: string): Promise<boolean> {
    return (await this.#database.run(HAS_DEVICE, [userId, deviceId])).length === 1;
  }

  async openSession(session: NewSession): Promise<{ outcome: OpenOutcome; replaced: readonly Buffer[] }> {
    const { userId, deviceId, deviceDisplayName } = session;
    return this.#database.transaction(async (transaction) => {
      const [user] = await transaction.run<{ has_key: boolean }>(LOCK_ACTIVE_USER, [userId, deviceId]);
      if (user === undefined) return { outcome: 'deactivated', replaced: [] };
      if (user.has_key) return { outcome: 'device-id-is-key', replaced: [] };
      await transaction.run(ADD_DEVICE, [userId, deviceId, deviceDisplayName]);
      const replaced = await removeTokens(transaction, userId, { only: [deviceId] });
      await addTokens(transaction, { userId, deviceId, isConfirmed: true }, session);
      return { outcome: 'opened', replaced };
    });
  }

  async addDevice({ userId, deviceId, displayName }: NewDevice): Promise<AddDeviceOutcome> {
    return this.#database.transaction(async (transaction) => {
      const [user] = await transaction.run<{ has_key: boolean }>(LOCK_ACTIVE_USER, [userId, deviceId]);
      if (user === undefined) return 'deactivated';
      if (user.has_key) return 'device-id-is-key';
      const added = await transaction.run(ADD_DEVICE, [userId, deviceId, displayName]);
      return added.length === 1 ? 'added' : 'there';
    });
  }

  async refreshSession(refreshTokenHash: Buffer, tokens: NewTokens): Promise<RefreshOutcome> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_USER_OF_REFRESH_TOKEN, [refreshTokenHash]);
      const used = await confirmUsed(transaction, refreshTokenHash);
      const [row] = await transaction.run<RefreshRow>(FIND_REFRESH_TOKEN, [refreshTokenHash]);
      if (row === undefined) return { outcome: 'unknown', replaced: used };
      if (row.has_expired) return { outcome: 'expired', replaced: used };
      const { user_id: userId, device_id: deviceId } = row;
      const replaced = row.is_confirmed ? used : await confirmPair(transaction, row, refreshTokenHash);
      await addTokens(transaction, { userId, deviceId, isConfirmed: false }, tokens);
      return { outcome: 'refreshed', userId, deviceId, replaced };
    });
  }

  async confirmAccess(tokenHash: Buffer): Promise<readonly Buffer[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_USER_OF_TOKEN, [tokenHash]);
      const [row] = await transaction.run<UnconfirmedRow>(FIND_UNCONFIRMED_ACCESS, [tokenHash]);
      return row === undefined ? [] : confirmPair(transaction, row, row.refresh_token_hash);
    });
  }

  async findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    return tokenHashesOf(await this.#database.run<TokenHashRow>(FIND_TOKENS, [userId, deviceId]));
  }

  async removeDevices(userId: string, deviceIds?: readonly string[]): Promise<readonly Buffer[]> {
    return this.#database.transaction((transaction) => removeDevices(transaction, userId, { only: deviceIds }));
  }
}

function accessOf(row: AccessRow): AccessRecord {
  return {
    userId: row.user_id,
    deviceId: row.device_id,
    isAdmin: row.is_admin,
    isDeploymentAdmin: row.is_deployment_admin,
    isGuest: row.is_guest,
    ...(row.expires_at !== null && { expiresAt: row.expires_at.getTime() }),
    ...(row.is_locked && { isLocked: true }),
    ...(row.is_suspended && { isSuspended: true }),
    ...(row.is_shadow_banned && { isShadowBanned: true }),
    ...(!row.is_confirmed && { isUnconfirmed: true }),
    ...(row.is_exempt_from_consent === true && { isExemptFromConsent: true }),
    ...(row.registered_by !== null && { registeredBy: row.registered_by }),
  };
}

async function addTokens(
  transaction: PostgresTransaction,
  device: { readonly userId: string; readonly deviceId: string; readonly isConfirmed: boolean },
  { tokenHash, lifetimeMs, refreshToken }: NewTokens,
): Promise<void> {
  const { userId, deviceId, isConfirmed } = device;
  const added = [tokenHash, userId, deviceId, lifetimeMs, refreshToken?.tokenHash, isConfirmed];
  await transaction.run(ADD_TOKEN, added);
  if (refreshToken === undefined) return;
  const values = [refreshToken.tokenHash, userId, deviceId, refreshToken.lifetimeMs, isConfirmed];
  await transaction.run(ADD_REFRESH_TOKEN, values);
}

/** Where `/sync` has seen a newer token of the device in use, the former ones go now, maybe the presented refresh token too. */
async function confirmUsed(transaction: PostgresTransaction, refreshTokenHash: Buffer): Promise<Buffer[]> {
  const [row] = await transaction.run<UnconfirmedRow>(FIND_USED_TOKEN, [refreshTokenHash]);
  return row === undefined ? [] : confirmPair(transaction, row, row.refresh_token_hash);
}

/** The pair is in use now: every other token of the device goes. */
async function confirmPair(
  transaction: PostgresTransaction,
  { user_id: userId, device_id: deviceId }: DeviceRow,
  refreshTokenHash: Buffer,
): Promise<Buffer[]> {
  const values = [userId, deviceId, refreshTokenHash];
  await transaction.run(CONFIRM_TOKEN, values);
  await transaction.run(CONFIRM_REFRESH_TOKEN, values);
  await transaction.run(REMOVE_OTHER_REFRESH_TOKENS, values);
  return tokenHashesOf(await transaction.run<TokenHashRow>(REMOVE_OTHER_TOKENS, values));
}

/** What of a user's row says what they may do. */
const OF_USER = `u.is_admin, u.is_deployment_admin, u.is_guest, u.locked_at is not null as is_locked,
                 u.suspended_at is not null as is_suspended, u.is_shadow_banned, u.registered_by,
                 u.registered_by is not null or u.user_type in ('bot', 'support') as is_exempt_from_consent`;

/** Not the dehydrated device, which goes without its tokens being changed. */
const FIND_USER_ACCESS: Statement = {
  name: 'find_user_access',
  text: `select u.user_id, '' as device_id, null::timestamptz as expires_at, true as is_confirmed, ${OF_USER},
                array(select d.device_id from devices d where d.user_id = u.user_id and not exists (
                        select from dehydrated_devices h where h.user_id = d.user_id and h.device_id = d.device_id)
                      order by d.device_id limit 100) as devices
           from users u where u.user_id = $1 and u.deactivated_at is null`,
};
const HAS_DEVICE: Statement = {
  name: 'has_device',
  text: 'select 1 from devices where user_id = $1 and device_id = $2',
};
const FIND_ACCESS: Statement = {
  name: 'find_access',
  text: `select t.user_id, t.device_id, t.expires_at, t.is_confirmed, ${OF_USER}
           from access_tokens t join users u on u.user_id = t.user_id
          where t.token_hash = $1 and u.deactivated_at is null`,
};
const LOCK_ACTIVE_USER: Statement = {
  name: 'lock_active_user',
  text: `select exists (select from cross_signing_keys k where k.user_id = $1 and k.public_key = $2) as has_key
           from users u where u.user_id = $1 and u.deactivated_at is null for no key update of u`,
};
const LOCK_USER_OF_REFRESH_TOKEN: Statement = {
  name: 'lock_user_of_refresh_token',
  text: `select 1 from users where user_id = (select user_id from refresh_tokens where token_hash = $1)
            for no key update`,
};
const LOCK_USER_OF_TOKEN: Statement = {
  name: 'lock_user_of_token',
  text: `select 1 from users where user_id = (select user_id from access_tokens where token_hash = $1)
            for no key update`,
};
const FIND_REFRESH_TOKEN: Statement = {
  name: 'find_refresh_token',
  text: `select user_id, device_id, is_confirmed, coalesce(expires_at < now(), false) as has_expired
           from refresh_tokens where token_hash = $1`,
};
const FIND_USED_TOKEN: Statement = {
  name: 'find_used_token',
  text: `select t.user_id, t.device_id, t.refresh_token_hash
           from refresh_tokens r
           join access_tokens t on (t.user_id, t.device_id) = (r.user_id, r.device_id) and not t.is_confirmed
           join used_tokens u on u.token_hash = t.token_hash
          where r.token_hash = $1 order by u.used_at desc limit 1`,
};
const FIND_UNCONFIRMED_ACCESS: Statement = {
  name: 'find_unconfirmed_access',
  text: `select user_id, device_id, refresh_token_hash from access_tokens where token_hash = $1 and not is_confirmed`,
};
const ADD_DEVICE: Statement = {
  name: 'add_device',
  text: `insert into devices (user_id, device_id, display_name) values ($1, $2, $3)
         on conflict (user_id, device_id) do nothing returning 1`,
};
const ADD_TOKEN: Statement = {
  name: 'add_token',
  text: `insert into access_tokens (token_hash, user_id, device_id, expires_at, refresh_token_hash, is_confirmed)
         values ($1, $2, $3, now() + make_interval(secs => $4::float8 / 1000), $5, $6)`,
};
const ADD_REFRESH_TOKEN: Statement = {
  name: 'add_refresh_token',
  text: `insert into refresh_tokens (token_hash, user_id, device_id, expires_at, is_confirmed)
         values ($1, $2, $3, now() + make_interval(secs => $4::float8 / 1000), $5)`,
};
const CONFIRM_TOKEN: Statement = {
  name: 'confirm_token',
  text: `update access_tokens set is_confirmed = true
          where user_id = $1 and device_id = $2 and refresh_token_hash = $3`,
};
const CONFIRM_REFRESH_TOKEN: Statement = {
  name: 'confirm_refresh_token',
  text: 'update refresh_tokens set is_confirmed = true where user_id = $1 and device_id = $2 and token_hash = $3',
};
const REMOVE_OTHER_TOKENS: Statement = {
  name: 'remove_other_tokens',
  text: `delete from access_tokens where user_id = $1 and device_id = $2 and refresh_token_hash is distinct from $3
         returning token_hash`,
};
const REMOVE_OTHER_REFRESH_TOKENS: Statement = {
  name: 'remove_other_refresh_tokens',
  text: 'delete from refresh_tokens where user_id = $1 and device_id = $2 and token_hash <> $3',
};
const FIND_TOKENS: Statement = {
  name: 'find_tokens',
  text: 'select token_hash from access_tokens where user_id = $1 and ($2::text is null or device_id = $2)',
};
