import { profilesContract } from '@plexus/testing';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresProfilePropagations } from './postgres-profile-propagations.ts';
import { PostgresProfiles } from './postgres-profiles.ts';
import { PostgresUsers } from './postgres-users.ts';

profilesContract('Postgres', async () => {
  const { database, drop } = await createTestDatabase();
  return {
    users: new PostgresUsers(database),
    profiles: new PostgresProfiles(database),
    propagations: new PostgresProfilePropagations(database),
    expireClaims: async () => {
      const text = `update profile_propagations set claimed_until = now() - interval '1 second'`;
      await database.run({ name: 'expire_propagation_claims', text });
    },
    close: drop,
  };
});
