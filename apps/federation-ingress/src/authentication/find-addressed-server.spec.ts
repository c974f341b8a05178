import { FakeHostedServers } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { findAddressedServer } from './find-addressed-server.ts';

let servers: FakeHostedServers;
beforeEach(async () => {
  servers = new FakeHostedServers(['one.example', 'two.example', 'three.example', 'four.example']);
  const delegations = [
    ['one.example', 'Matrix.one.example:443'],
    ['two.example', 'shared.example:443'],
    ['three.example', 'shared.example:8443'],
  ] as const;
  for (const [name, server] of delegations) await servers.changeServer(name, { settings: { wellKnown: { server } } });
});

it.each([
  ['four.example', 'four.example'],
  ['FOUR.example:8448', 'four.example'],
  ['matrix.one.example:443', 'one.example'],
  ['matrix.one.example', 'one.example'],
  ['matrix.one.example:8448', 'one.example'],
  ['shared.example:443', 'two.example'],
  ['shared.example:8443', 'three.example'],
  ['shared.example', undefined],
  ['shared.example:1', undefined],
  ['other.example', undefined],
  ['', undefined],
  [':443', undefined],
  [undefined, undefined],
])('by the host %s means %s', (host, expected) => {
  expect(findAddressedServer(servers, host)?.serverName).toBe(expected);
});
