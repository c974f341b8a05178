import { randomUUID } from 'node:crypto';
import type { ServerRemoval, ServerRemovalProgress, ServerRemovalRepository } from '@plexus/storage';
import { removeSeenUser } from '../account-events/remove-seen-user.ts';
import { removeConsents } from '../consent/remove-consents.ts';
import { removeNotices, removeUserNotices } from '../notices/remove-notices.ts';
import { removePolicies } from '../policies/remove-policies.ts';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeServerUse } from '../server-use/remove-server-use.ts';
import { removeUserStream } from '../user-streams/remove-user-stream.ts';
import { LOCK_VERSION, RAISE_VERSION } from './postgres-hosted-servers.ts';

interface RemovalRow {
  readonly job_id: string;
  readonly server_name: string;
  readonly step: ServerRemoval['step'];
  readonly users_total: number;
  readonly users_done: number;
  readonly last_user_id: string | null;
  readonly refused_departures: number;
  readonly rooms_left: number | null;
  readonly last_error: string | null;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

export class PostgresServerRemovals implements ServerRemovalRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async startRemoval(serverName: string, jobId: string): Promise<ServerRemoval> {
    const [row] = await this.#database.run<RemovalRow>(START_REMOVAL, [jobId, serverName]);
    if (row === undefined) throw new TypeError('The statement returned no row');
    return removalOf(row);
  }

  async findRemoval(jobId: string): Promise<ServerRemoval | undefined> {
    const [row] = await this.#database.run<RemovalRow>(FIND_REMOVAL, [jobId]);
    return row && removalOf(row);
  }

  async claimRemoval(claimMs: number): Promise<{ removal: ServerRemoval; claim: string } | undefined> {
    const claim = randomUUID();
    const [row] = await this.#database.run<RemovalRow>(CLAIM_REMOVAL, [claim, claimMs]);
    return row && { removal: removalOf(row), claim };
  }

  async recordProgress(claim: string, progress: ServerRemovalProgress, claimMs: number): Promise<boolean> {
    const { step, usersDone, lastUserId, refusedDepartures, roomsLeft, lastError } = progress;
    const values = [claim, step, usersDone, lastUserId, refusedDepartures, lastError, claimMs, roomsLeft];
    return (await this.#database.run(RECORD_PROGRESS, values)).length === 1;
  }

  async removeUserRows(userId: string, roomIds: readonly string[]): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      for (const statement of REMOVE_USER_ROWS) await transaction.run(statement, [userId]);
      await removeUserStream(transaction, userId);
      await removeSeenUser(transaction, userId);
      await removeUserNotices(transaction, userId);
      await transaction.run(REMOVE_CREATIONS, [userId, textArray(roomIds)]);
    });
  }

  async removeServerRows(serverName: string): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_VERSION);
      await removeConsents(transaction, serverName);
      await removePolicies(transaction, serverName);
      await removeNotices(transaction, serverName);
      await removeServerUse(transaction, serverName);
      for (const statement of REMOVE_SERVER_ROWS) await transaction.run(statement, [serverName]);
      await transaction.run(RAISE_VERSION);
    });
  }
}

function removalOf(row: RemovalRow): ServerRemoval {
  return {
    jobId: row.job_id,
    serverName: row.server_name,
    step: row.step,
    usersTotal: row.users_total,
    usersDone: row.users_done,
    lastUserId: row.last_user_id ?? undefined,
    refusedDepartures: row.refused_departures,
    roomsLeft: row.rooms_left ?? undefined,
    lastError: row.last_error ?? undefined,
    startedAt: row.started_at.getTime(),
    finishedAt: row.finished_at?.getTime(),
  };
}

const COLUMNS = `job_id, server_name, step, users_total, users_done, last_user_id, refused_departures, rooms_left, last_error,
  started_at, finished_at`;

const START_REMOVAL: Statement = {
  name: 'start_server_removal',
  text: `insert into server_removals (job_id, server_name, users_total)
         select $1, $2, (select count(*) from users where server_name = $2)
         on conflict (server_name) where finished_at is null do update set server_name = excluded.server_name
         returning ${COLUMNS}`,
};
const FIND_REMOVAL: Statement = {
  name: 'find_server_removal',
  text: `select ${COLUMNS} from server_removals where job_id = $1`,
};
const CLAIM_REMOVAL: Statement = {
  name: 'claim_server_removal',
  text: `update server_removals set claim = $1, claimed_until = now() + make_interval(secs => $2::float8 / 1000)
          where job_id = (select job_id from server_removals
                           where finished_at is null and (claimed_until is null or claimed_until < now())
                           order by started_at limit 1 for update skip locked)
         returning ${COLUMNS}`,
};
const RECORD_PROGRESS: Statement = {
  name: 'record_server_removal_progress',
  text: `update server_removals set
           step = coalesce($2, step), users_done = coalesce($3::bigint, users_done),
           last_user_id = coalesce($4, last_user_id), refused_departures = coalesce($5::bigint, refused_departures),
           rooms_left = coalesce($8::bigint, rooms_left), last_error = $6, claimed_until = now() + make_interval(secs => $7::float8 / 1000),
           finished_at = case when $2 = 'done' then now() end
         where claim = $1 and finished_at is null
         returning 1`,
};
const REMOVE_USER_ROWS: readonly Statement[] = [
  { name: 'remove_access_tokens_of', text: 'delete from access_tokens where user_id = $1' },
  { name: 'remove_refresh_tokens_of', text: 'delete from refresh_tokens where user_id = $1' },
  { name: 'remove_short_lived_tokens_of', text: 'delete from short_lived_tokens where user_id = $1' },
  { name: 'remove_auth_sessions_of_user', text: 'delete from auth_sessions where user_id = $1' },
  { name: 'remove_account_deactivation_of', text: 'delete from account_deactivations where user_id = $1' },
  { name: 'remove_devices_of', text: 'delete from devices where user_id = $1' },
  { name: 'remove_filters_of', text: 'delete from filters where user_id = $1' },
  { name: 'remove_profile_fields_of', text: 'delete from profile_fields where user_id = $1' },
  { name: 'remove_profile_propagations_of', text: 'delete from profile_propagations where user_id = $1' },
  { name: 'remove_device_list_changes_of', text: 'delete from device_list_changes where user_id = $1' },
  { name: 'remove_forgotten_rooms_of', text: 'delete from forgotten_rooms where user_id = $1' },
];
const REMOVE_CREATIONS: Statement = {
  name: 'remove_room_creations_of',
  text: `delete from room_creations
          where room_id = any($2::text[]) and convert_from(create_event, 'UTF8')::jsonb ->> 'sender' = $1`,
};
const REMOVE_SERVER_ROWS: readonly Statement[] = [
  { name: 'remove_room_aliases_of', text: 'delete from room_aliases where server_name = $1' },
  { name: 'remove_published_rooms_of', text: 'delete from published_rooms where server_name = $1' },
  {
    name: 'remove_network_directories_of',
    text: `delete from published_rooms p using network_instances i
            where i.server_name = $1 and p.server_name = i.server_name || ' ' || i.instance_id`,
  },
  { name: 'remove_network_instances_of', text: 'delete from network_instances where server_name = $1' },
  ...['event_reports', 'room_reports', 'user_reports'].map((table) => ({
    name: `remove_${table}_of`,
    text: `delete from ${table} where reporter_server = $1`,
  })),
  { name: 'remove_auth_sessions_of', text: 'delete from auth_sessions where server_name = $1' },
  { name: 'remove_threepids_of', text: 'delete from user_threepids where server_name = $1' },
  { name: 'remove_email_validations_of', text: 'delete from email_validations where server_name = $1' },
  { name: 'remove_registration_tokens_of', text: 'delete from registration_tokens where server_name = $1' },
  { name: 'remove_users_of', text: 'delete from users where server_name = $1' },
  { name: 'remove_former_server_keys_of', text: 'delete from former_server_keys where server_name = $1' },
  { name: 'remove_server_signing_keys_of', text: 'delete from server_signing_keys where server_name = $1' },
  { name: 'remove_hosted_server', text: 'delete from hosted_servers where server_name = $1' },
];
