import {
  announceDeactivations,
  Argon2PasswordHasher,
  ChangeAccess,
  openProfileCache,
  OperateUser,
  passwordCost,
} from '@plexus/client-api';
import { openCaches } from '@plexus/service-adapters';
import { accessRecordCodec, createLogger, createShell, StartError } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { AccessRecord } from '@plexus/storage';
import {
  PostgresAccountDeactivations,
  PostgresCacheFactors,
  PostgresDevices,
  PostgresSessions,
  PostgresUserAdmin,
  PostgresUsers,
} from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import type { CommandContext } from './command-context.ts';
import { withServers } from './open-servers.ts';

/**
 * Opens what it takes to change what users may do, for as long as the work takes. Throws `StartError` where a Plexus may run that keeps such
 * things in its own memory: it would not hear of the change.
 */
export async function withAccess(
  config: PlexusConfig,
  context: CommandContext,
  work: (users: OperateUser, database: PostgresDatabase) => Promise<void>,
): Promise<void> {
  await withServers(config, context, async ({ database, isAlone }) => {
    if (!isAlone && config.cache.adapter !== 'redis') throw new StartError(NOT_HEARD);
    const logger = createLogger({ service: 'plexus', level: 'error' });
    const shell = createShell({ name: 'plexus', config, logger });
    try {
      const factors = new PostgresCacheFactors(database);
      await factors.refresh();
      const { caches } = await openCaches(shell, { accounts: database, gate: OF_ONE_TIME, factors });
      const tokens = caches.open<AccessRecord>({ name: 'access_tokens', kind: 'mutable', codec: accessRecordCodec });
      const sessions = new PostgresSessions(database);
      const users = new OperateUser({
        users: new PostgresUsers(database),
        userAdmin: new PostgresUserAdmin(database),
        devices: new PostgresDevices(database),
        sessions,
        deactivations: announceDeactivations(new PostgresAccountDeactivations(database), openProfileCache(caches)),
        passwords: new Argon2PasswordHasher(passwordCost(config)),
        changeAccess: new ChangeAccess(sessions, tokens),
      });
      await work(users, database);
    } finally {
      await shell.shutdown.begin();
    }
  });
}

/** A command is over before the generation is another one. */
const OF_ONE_TIME = { current: () => 1 };

const NOT_HEARD =
  'A Plexus may run on this database, and would not hear of the change: ask its admin API (`/_synapse/admin/v2/users/…`), or stop it first.';
