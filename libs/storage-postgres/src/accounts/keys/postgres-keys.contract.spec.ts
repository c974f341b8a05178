import { keyBackupsContract, keysContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../../tests/support/test-database.ts';
import { PostgresSessions } from '../postgres-sessions.ts';
import { PostgresUsers } from '../postgres-users.ts';
import { PostgresCrossSigning } from './postgres-cross-signing.ts';
import { PostgresDeviceKeys } from './postgres-device-keys.ts';
import { PostgresKeyBackups } from './postgres-key-backups.ts';

keysContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    sessions: new PostgresSessions(database),
    deviceKeys: new PostgresDeviceKeys(database),
    crossSigning: new PostgresCrossSigning(database),
    close: drop,
  };
});

keyBackupsContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return { users: new PostgresUsers(database), backups: new PostgresKeyBackups(database), close: drop };
});
