import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { appserviceOf } from '../../../../libs/appservices/test-support/appservice.ts';
import { InterestedAppservices } from './interested-appservices.ts';

it('has to do with users of a server from when it is hosted, and only as long', async () => {
  const servers = new FakeHostedServers(['one.example']);
  let listed = servers.list();
  const all = [appserviceOf({ id: 'irc', users: ['@irc_.*'] })];
  const interested = new InterestedAppservices({
    registry: { all: () => all },
    hostedServers: () => listed,
    isHosted: (serverName) => servers.isHosted(serverName),
  });
  const idsOf = (userId: string) => interested.ofUser(userId).map(({ id }) => id);
  expect([idsOf('@irc_a:one.example'), idsOf('@irc_a:two.example')]).toEqual([['irc'], []]);
  servers.remove('one.example');
  const key = { keyId: 'ed25519:1', seed: Buffer.alloc(32, 1) };
  await servers.addServer({ serverName: 'two.example', settings: {}, origin: 'admin-api', ...key });
  listed = servers.list();
  expect([idsOf('@irc_a:one.example'), idsOf('@irc_a:two.example')]).toEqual([[], ['irc']]);
});
