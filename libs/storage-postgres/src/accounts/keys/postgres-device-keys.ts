import type {
  ClaimedKey,
  DeviceKeyCounts,
  DeviceKeyRepository,
  DeviceKeysRecord,
  DeviceQuery,
  KeyClaim,
  KeyUploadOutcome,
  NewDeviceKeys,
} from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { claimKeys } from './claim-keys.ts';
import { countKeys } from './count-keys.ts';
import { recordDeviceListChange } from './device-list-changes.ts';
import { storeDeviceKeys } from './store-device-keys.ts';
import { storeFallbackKeys } from './store-fallback-keys.ts';
import { findKeyFault, storeOneTimeKeys } from './store-one-time-keys.ts';

interface DeviceKeysRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly keys: string;
  readonly display_name: string | null;
}

export class PostgresDeviceKeys implements DeviceKeyRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** The device's row is locked: a removal at the same time leaves no key behind. */
  async storeKeys(keys: NewDeviceKeys): Promise<KeyUploadOutcome> {
    const { userId, deviceId } = keys;
    return this.#database.transaction(async (transaction) => {
      const devices = await transaction.run(LOCK_DEVICE, [userId, deviceId]);
      if (devices.length === 0) return { outcome: 'no-device' };
      const fault = await findKeyFault(transaction, keys);
      if (fault !== undefined) return fault;
      await storeOneTimeKeys(transaction, keys);
      await storeFallbackKeys(transaction, keys);
      const changesDeviceList = await storeDeviceKeys(transaction, keys);
      const counts = await countKeys(transaction, userId, deviceId);
      if (changesDeviceList) await recordDeviceListChange(transaction, userId);
      return { outcome: 'stored', changesDeviceList, counts };
    });
  }

  async findDeviceKeys(queries: readonly DeviceQuery[]): Promise<DeviceKeysRecord[]> {
    const all = queries.filter(({ deviceIds }) => deviceIds.length === 0).map(({ userId }) => userId);
    const single = queries.flatMap(({ userId, deviceIds }) => deviceIds.map((deviceId) => [userId, deviceId] as const));
    const values = [textArray(all), textArray(single.map(([id]) => id)), textArray(single.map(([, id]) => id))];
    const rows = await this.#database.run<DeviceKeysRow>(FIND_DEVICE_KEYS, values);
    return rows.map(({ user_id: userId, device_id: deviceId, keys, display_name: name }) => {
      return { userId, deviceId, keys, displayName: name ?? undefined };
    });
  }

  claimKeys(claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
    return claimKeys(this.#database, claims);
  }

  countKeys(userId: string, deviceId: string): Promise<DeviceKeyCounts> {
    return countKeys(this.#database, userId, deviceId);
  }
}

const LOCK_DEVICE: Statement = {
  name: 'lock_device',
  text: 'select 1 from devices where user_id = $1 and device_id = $2 for no key update',
};
const FIND_DEVICE_KEYS: Statement = {
  name: 'find_device_keys',
  text: `select k.user_id, k.device_id, k.keys, d.display_name
           from device_keys k join devices d on d.user_id = k.user_id and d.device_id = k.device_id
          where k.user_id = any($1::text[])
             or (k.user_id, k.device_id) in (select * from unnest($2::text[], $3::text[]))`,
};
