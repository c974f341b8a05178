import type { DeviceSighting, DeviceSightingRepository, TokenUseRepository } from '@plexus/storage';
import { sightingArrays } from '../postgres/sighting-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** What `/sync` sees of devices and their tokens. */
export class PostgresSyncedDevices implements DeviceSightingRepository, TokenUseRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async storeSightings(sightings: readonly DeviceSighting[]): Promise<void> {
    await this.#database.run(STORE_SIGHTINGS, sightingArrays(sightings));
  }

  async storeTokenUse(tokenHash: Buffer): Promise<void> {
    await this.#database.run(STORE_TOKEN_USE, [tokenHash]);
  }

  async removeStale(): Promise<void> {
    await this.#database.run(REMOVE_STALE_SIGHTINGS);
    await this.#database.run(REMOVE_STALE_TOKEN_USES);
    await this.#database.run(REMOVE_STALE_STATUSES);
  }
}

const STORE_SIGHTINGS: Statement = {
  name: 'store_synced_devices',
  text: `insert into synced_devices as s (user_id, device_id, last_seen_at, last_seen_ip, last_seen_user_agent)
         select user_id, device_id, to_timestamp(seen_at / 1000.0), address, user_agent
           from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
                as seen (user_id, device_id, seen_at, address, user_agent)
          where exists (select 1 from devices d where (d.user_id, d.device_id) = (seen.user_id, seen.device_id))
         on conflict (user_id, device_id) do update
            set last_seen_at = excluded.last_seen_at, last_seen_ip = excluded.last_seen_ip,
                last_seen_user_agent = excluded.last_seen_user_agent
          where s.last_seen_at < excluded.last_seen_at`,
};
const STORE_TOKEN_USE: Statement = {
  name: 'store_token_use',
  text: 'insert into used_tokens (token_hash) values ($1) on conflict (token_hash) do nothing',
};
const REMOVE_STALE_SIGHTINGS: Statement = {
  name: 'remove_stale_synced_devices',
  text: `delete from synced_devices s
          where not exists (select 1 from devices d where (d.user_id, d.device_id) = (s.user_id, s.device_id))`,
};
const REMOVE_STALE_STATUSES: Statement = {
  name: 'remove_stale_presence_statuses',
  text: `delete from presence_statuses s
          where not exists (select 1 from users u where u.user_id = s.user_id and u.deactivated_at is null)`,
};
const REMOVE_STALE_TOKEN_USES: Statement = {
  name: 'remove_stale_token_uses',
  text: `delete from used_tokens u
          where not exists (select 1 from access_tokens t where t.token_hash = u.token_hash and not t.is_confirmed)`,
};
