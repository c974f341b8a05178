import type { DeviceRecord, DeviceRepository, DeviceSighting, DeviceSightingRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { sightingArrays } from '../postgres/sighting-arrays.ts';
import type { Statement } from '../postgres/statement.ts';

interface DeviceRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly display_name: string | null;
  readonly last_seen_ip: string | null;
  readonly last_seen_at: Date | null;
  readonly last_seen_user_agent: string | null;
}

export class PostgresDevices implements DeviceRepository, DeviceSightingRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listDevices(userId: string): Promise<DeviceRecord[]> {
    return (await this.#database.run<DeviceRow>(LIST_DEVICES, [userId])).map(deviceOf);
  }

  async findDevice(userId: string, deviceId: string): Promise<DeviceRecord | undefined> {
    const [row] = await this.#database.run<DeviceRow>(FIND_DEVICE, [userId, deviceId]);
    return row && deviceOf(row);
  }

  async renameDevice(userId: string, deviceId: string, displayName: string): Promise<boolean> {
    return (await this.#database.run(RENAME_DEVICE, [userId, deviceId, displayName])).length === 1;
  }

  async storeSightings(sightings: readonly DeviceSighting[]): Promise<void> {
    await this.#database.run(STORE_SIGHTINGS, sightingArrays(sightings));
  }
}

function deviceOf(row: DeviceRow): DeviceRecord {
  return {
    userId: row.user_id,
    deviceId: row.device_id,
    displayName: row.display_name ?? undefined,
    lastSeenIp: row.last_seen_ip ?? undefined,
    lastSeenAt: row.last_seen_at?.getTime(),
    lastSeenUserAgent: row.last_seen_user_agent ?? undefined,
  };
}

/** The newer of what `/sync` saw and of what other requests showed. */
const SEEN_DEVICES = `(
  select d.user_id, d.device_id, d.display_name, seen.last_seen_ip, seen.last_seen_at, seen.last_seen_user_agent
    from devices d left join synced_devices s on (s.user_id, s.device_id) = (d.user_id, d.device_id),
         lateral (select * from (values (d.last_seen_ip, d.last_seen_at, d.last_seen_user_agent),
                                        (s.last_seen_ip, s.last_seen_at, s.last_seen_user_agent))
                    as either (last_seen_ip, last_seen_at, last_seen_user_agent)
                   order by last_seen_at desc nulls last limit 1) seen) devices`;
const COLUMNS = 'user_id, device_id, display_name, last_seen_ip, last_seen_at, last_seen_user_agent';

const LIST_DEVICES: Statement = {
  name: 'list_devices',
  text: `select ${COLUMNS} from ${SEEN_DEVICES} where user_id = $1 order by device_id`,
};
const FIND_DEVICE: Statement = {
  name: 'find_device',
  text: `select ${COLUMNS} from ${SEEN_DEVICES} where user_id = $1 and device_id = $2`,
};
const STORE_SIGHTINGS: Statement = {
  name: 'store_device_sightings',
  text: `update devices d
            set last_seen_at = to_timestamp(seen_at / 1000.0), last_seen_ip = address, last_seen_user_agent = user_agent
           from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
                as seen (user_id, device_id, seen_at, address, user_agent)
          where (d.user_id, d.device_id) = (seen.user_id, seen.device_id)
            and coalesce(d.last_seen_at < to_timestamp(seen_at / 1000.0), true)`,
};
const RENAME_DEVICE: Statement = {
  name: 'rename_device',
  text: 'update devices set display_name = $3 where user_id = $1 and device_id = $2 returning 1',
};
