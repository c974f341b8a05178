import type { DehydratedDevice, DehydratedDeviceRepository, NewDehydratedDevice } from '@plexus/storage';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { removeGoneInboxes } from '../../user-streams/remove-gone-inboxes.ts';
import { recordDeviceListChange } from './device-list-changes.ts';
import { removeKeysOfGoneDevices } from './remove-device-keys.ts';
import { storeDeviceKeys } from './store-device-keys.ts';
import { storeFallbackKeys } from './store-fallback-keys.ts';
import { storeOneTimeKeys } from './store-one-time-keys.ts';

type DeviceRow = { readonly device_id: string; readonly device_data: string };

/** The user's row is locked by whoever changes the device: there is one at most. */
export class PostgresDehydratedDevices implements DehydratedDeviceRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeDehydratedDevice(device: NewDehydratedDevice): Promise<'stored' | 'device-id-in-use'> {
    const { userId, deviceId, displayName, deviceData } = device;
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_OWNER, [userId]);
      const taken = await transaction.run(FIND_TAKEN_ID, [userId, deviceId]);
      if (taken.length > 0) return 'device-id-in-use';
      await transaction.run(REMOVE_DEVICE, [userId]);
      await transaction.run(ADD_DEVICE, [userId, deviceId, displayName]);
      await transaction.run(SET_DEHYDRATED, [userId, deviceId, deviceData]);
      await transaction.run(FORGET_ONE_TIME_KEYS, [userId, deviceId]);
      await storeOneTimeKeys(transaction, device);
      await storeFallbackKeys(transaction, device);
      await storeDeviceKeys(transaction, device);
      await removeGoneInboxes(transaction, userId);
      await removeKeysOfGoneDevices(transaction, userId);
      await recordDeviceListChange(transaction, userId);
      return 'stored';
    });
  }

  async findDehydratedDevice(userId: string): Promise<DehydratedDevice | undefined> {
    const [row] = await this.#database.run<DeviceRow>(FIND_DEHYDRATED, [userId]);
    return row && { deviceId: row.device_id, deviceData: row.device_data };
  }

  async removeDehydratedDevice(userId: string): Promise<string | undefined> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_OWNER, [userId]);
      const [removed] = await transaction.run<Pick<DeviceRow, 'device_id'>>(REMOVE_DEVICE, [userId]);
      await removeGoneInboxes(transaction, userId);
      await removeKeysOfGoneDevices(transaction, userId);
      return removed?.device_id;
    });
  }
}

const LOCK_OWNER: Statement = {
  name: 'lock_dehydrated_owner',
  text: 'select 1 from users where user_id = $1 for no key update',
};
const FIND_DEHYDRATED: Statement = {
  name: 'find_dehydrated_device',
  text: 'select device_id, device_data from dehydrated_devices where user_id = $1',
};
const REMOVE_DEVICE: Statement = {
  name: 'remove_dehydrated_device',
  text: `delete from devices d using dehydrated_devices h
          where h.user_id = $1 and d.user_id = h.user_id and d.device_id = h.device_id returning d.device_id`,
};
const FIND_TAKEN_ID: Statement = {
  name: 'find_taken_device_id',
  text: `select 1 from devices d where d.user_id = $1 and d.device_id = $2
            and not exists (select from dehydrated_devices h where h.user_id = $1 and h.device_id = $2)
         union all select 1 from cross_signing_keys where user_id = $1 and public_key = $2`,
};
const ADD_DEVICE: Statement = {
  name: 'add_dehydrated_device',
  text: 'insert into devices (user_id, device_id, display_name) values ($1, $2, $3)',
};
/** Of a former device with the same id. */
const FORGET_ONE_TIME_KEYS: Statement = {
  name: 'forget_keys_of_dehydrated_device',
  text: 'delete from one_time_keys where user_id = $1 and device_id = $2',
};
const SET_DEHYDRATED: Statement = {
  name: 'set_dehydrated_device',
  text: `insert into dehydrated_devices (user_id, device_id, device_data) values ($1, $2, $3)
         on conflict (user_id) do update set device_id = excluded.device_id, device_data = excluded.device_data`,
};
