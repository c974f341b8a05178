import type { Clock } from '@plexus/matrix-base';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

/** A database of the deployment, and what it holds. */
export interface CheckedDatabase {
  /** `rooms`, `accounts`, or both. */
  readonly name: string;
  readonly database: Pick<PostgresDatabase, 'run'>;
}

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly standbys: number;
  readonly connections: number;
  readonly most_connections: number;
  readonly now: number;
}

const OLDEST_VERSION = 150_000;
const SKEW_MS = 1_000;
const LARGE_SKEW_MS = 10_000;
const FULL = 0.8;

/** How a Postgres is set up, and whether its clock and this machine's agree. */
export async function checkDatabase(
  { name, database }: CheckedDatabase,
  clock: Pick<Clock, 'now'>,
): Promise<readonly Finding[]> {
  const subject = `database (${name})`;
  const before = clock.now();
  const [server] = await database.run<Server>(DESCRIBE);
  if (server === undefined) return [fault(subject, 'it says nothing of itself', 'look at its log')];
  const now = (before + clock.now()) / 2;
  const found = [...durability(subject, server), ...room(subject, server), ...time(subject, server.now - now)];
  const version = `Postgres ${Math.floor(server.version / 10_000)}`;
  return [
    good(subject, `${version} answers; ${server.connections} of ${server.most_connections} connections`),
    ...found,
  ];
}

function durability(subject: string, server: Server): Finding[] {
  const found: Finding[] = [];
  if (server.version < OLDEST_VERSION) found.push(fault(subject, 'Postgres is too old', 'use Postgres 15 or newer'));
  if (server.encoding !== 'UTF8') {
    const advice = "create the database with `encoding 'UTF8' template template0`";
    found.push(fault(subject, `its encoding is ${server.encoding}`, advice));
  }
  if (server.fsync !== 'on') found.push(fault(subject, 'a power failure destroys it', 'set `fsync = on` in Postgres'));
  if (server.synchronous_commit === 'off') {
    const advice = 'set `synchronous_commit = on` in Postgres';
    found.push(fault(subject, 'what was acknowledged can be lost: commits do not wait for the disk', advice));
  }
  if (server.standbys === 0) {
    const advice =
      'in production run a standby and name it in `synchronous_standby_names` (docs/operating/failover.md)';
    found.push(
      warning(subject, 'there is no synchronous standby: with this machine goes what was acknowledged', advice),
    );
  }
  return found;
}

function room(subject: string, { connections, most_connections: most }: Server): Finding[] {
  if (connections < most * FULL) return [];
  const advice = 'raise `max_connections` in Postgres, or lower `database.pool_size` and `database.read_connections`';
  return [warning(subject, `${connections} of ${most} connections are taken`, advice)];
}

function time(subject: string, skewMs: number): Finding[] {
  const skew = Math.abs(skewMs);
  if (skew < SKEW_MS) return [];
  const text = `its clock is ${(skewMs / 1_000).toFixed(1)} s off this machine’s`;
  const advice = 'let all machines follow the same time servers (NTP)';
  return [skew < LARGE_SKEW_MS ? warning(subject, text, advice) : fault(subject, text, advice)];
}

const DESCRIBE = {
  name: 'describe-postgres',
  text: `select current_setting('server_version_num')::int as version, pg_encoding_to_char(d.encoding) as encoding,
                current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
                (select count(*)::int from pg_stat_replication where sync_state in ('sync', 'quorum')) as standbys,
                (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
                current_setting('max_connections')::int as most_connections,
                (extract(epoch from clock_timestamp()) * 1000)::float8 as now
           from pg_database d where d.datname = current_database()`,
};
