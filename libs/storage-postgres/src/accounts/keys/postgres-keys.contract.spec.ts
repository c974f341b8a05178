import { keyBackupsContract, keysContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../../tests/support/test-database.ts';
import { PostgresDevices } from '../postgres-devices.ts';
import { PostgresSessions } from '../postgres-sessions.ts';
import { PostgresUsers } from '../postgres-users.ts';
import { PostgresCrossSigning } from './postgres-cross-signing.ts';
import { PostgresDeviceKeys } from './postgres-device-keys.ts';
import { PostgresKeyBackups } from './postgres-key-backups.ts';
import { PostgresUserKeyVersions } from './postgres-user-key-versions.ts';

keysContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    sessions: new PostgresSessions(database),
    deviceKeys: new PostgresDeviceKeys(database),
    crossSigning: new PostgresCrossSigning(database),
    versions: new PostgresUserKeyVersions(database),
    devices: new PostgresDevices(database),
    close: drop,
  };
});

keyBackupsContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return { users: new PostgresUsers(database), backups: new PostgresKeyBackups(database), close: drop };
});
