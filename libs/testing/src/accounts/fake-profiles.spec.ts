import { profilesContract } from '../contracts/profiles-contract.ts';
import { FakeAccounts } from './fake-accounts.ts';
import { FakeProfiles } from './fake-profiles.ts';

profilesContract('FakeProfiles', async () => {
  const users = new FakeAccounts();
  const profiles = new FakeProfiles(users);
  const expireClaims = async (): Promise<void> => profiles.expireClaims();
  return { users, profiles, propagations: profiles, expireClaims, close: async () => {} };
});
