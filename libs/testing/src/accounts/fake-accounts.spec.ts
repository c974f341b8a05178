import { accountsContract } from '../contracts/accounts-contract.ts';
import { authenticationContract } from '../contracts/authentication-contract.ts';
import { hostedServersContract } from '../contracts/hosted-servers-contract.ts';
import { FakeAccounts } from './fake-accounts.ts';
import { FakeHostedServers } from './fake-hosted-servers.ts';
import { FakeServerRemovals } from './fake-server-removals.ts';

accountsContract('fake', async () => {
  const fake = new FakeAccounts();
  return {
    users: fake,
    sessions: fake,
    filters: fake.filters,
    creations: fake,
    aliases: fake,
    published: fake,
    forgotten: fake,
    close: async () => {},
  };
});

authenticationContract('fake', async () => {
  const fake = new FakeAccounts();
  const { authSessions } = fake;
  const accounts = { users: fake, sessions: fake, devices: fake, shortLived: fake.shortLived };
  return { ...accounts, authSessions, registrationTokens: authSessions, close: async () => {} };
});

hostedServersContract('fake', async () => {
  const users = new FakeAccounts();
  const servers = new FakeHostedServers();
  const removals = new FakeServerRemovals(users, servers);
  const expireClaims = async () => removals.expireClaims();
  const letTimePass = async () => {
    servers.now += 1_000;
  };
  return { servers, removals, users, expireClaims, letTimePass, refresh: async () => {}, close: async () => {} };
});
