import {
  announceDeactivations,
  Argon2PasswordHasher,
  ChangeAccess,
  openProfileCache,
  OperateUser,
  passwordCost,
} from '@plexus/client-api';
import { openCaches } from '@plexus/service-adapters';
import { accessRecordCodec, createLogger, createShell, systemClock } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { AccessRecord } from '@plexus/storage';
import {
  PostgresAccountDeactivations,
  PostgresCacheFactors,
  PostgresDevices,
  PostgresDroppedCaches,
  PostgresSessions,
  PostgresUserAdmin,
  PostgresUsers,
  SPREAD_MS,
} from '@plexus/storage-postgres';
import type { PostgresDatabase } from '@plexus/storage-postgres';
import type { CommandContext } from './command-context.ts';
import { withServers } from './open-servers.ts';

/**
 * Opens what it takes to change what users may do, for as long as the work takes. A Plexus that may run and keeps such things in its own memory forgets
 * them all afterwards, which it is told through Postgres.
 */
export async function withAccess(
  config: PlexusConfig,
  context: CommandContext,
  work: (users: OperateUser, database: PostgresDatabase) => Promise<void>,
): Promise<void> {
  await withServers(config, context, async ({ database, isAlone }) => {
    const logger = createLogger({ service: 'plexus', level: 'error' });
    const shell = createShell({ name: 'plexus', config, logger });
    try {
      const factors = new PostgresCacheFactors(database);
      await factors.refresh();
      const dropped = new PostgresDroppedCaches(database);
      const { caches } = await openCaches(shell, { accounts: database, gate: OF_ONE_TIME, factors, dropped });
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
      if (!isAlone && config.cache.adapter !== 'redis') {
        await dropped.drop();
        await systemClock.delay(SPREAD_MS);
      }
    } finally {
      await shell.shutdown.begin();
    }
  });
}

/** A command is over before the generation is another one. */
const OF_ONE_TIME = { current: () => 1 };
