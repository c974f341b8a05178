import type { FederationAnswer } from '@plexus/federation-sender';
import { FakeHostedServers } from '@plexus/testing';
import type { HostedServerSettings } from '@plexus/storage';
import { expect, it } from 'vitest';
import type { WebAnswer } from './ask-web.ts';
import { checkServer } from './check-server.ts';

const NAME = 'one.example';
const VERSIONS = { status: 200, body: { versions: ['v1.19'] } };

async function look(
  web: Readonly<Record<string, WebAnswer>>,
  federation: FederationAnswer | 'published',
  settings: HostedServerSettings = { publicBaseUrl: 'https://matrix.one.example' },
): Promise<readonly string[]> {
  const servers = new FakeHostedServers([NAME]);
  const server = await servers.changeServer(NAME, { settings });
  const [key] = servers.listKeys(NAME) ?? [];
  if (server === undefined || key === undefined) throw new TypeError('no server');
  const published: FederationAnswer = {
    outcome: 'answered',
    place: 'matrix.one.example:443',
    status: 200,
    body: { server_name: NAME, verify_keys: { [key.keyId]: { key: key.publicKey } } },
  };
  const found = await checkServer(server, {
    askWeb: async (url) => {
      const answer = web[url];
      if (answer === undefined) throw new Error(`${url} cannot be reached: ENOTFOUND`);
      return answer;
    },
    askFederation: async () => (federation === 'published' ? published : federation),
    keys: servers,
    federates: () => true,
  });
  return found.map(({ level, text }) => `${level}: ${text}`);
}

const GOOD_WEB = {
  'https://matrix.one.example/_matrix/client/versions': VERSIONS,
  'https://one.example/.well-known/matrix/client': {
    status: 200,
    body: { 'm.homeserver': { base_url: 'https://matrix.one.example/' } },
  },
};

it('is content where clients and servers find the deployment under the name', async () => {
  expect(await look(GOOD_WEB, 'published')).toEqual(['good: clients and other servers find it']);
  const atItsName = { publicBaseUrl: 'https://one.example' };
  const web = { 'https://one.example/_matrix/client/versions': VERSIONS };
  expect(await look(web, 'published', atItsName)).toEqual(['good: clients and other servers find it']);
});

it('says what clients miss', async () => {
  expect(await look({}, 'published')).toEqual([
    'fault: https://matrix.one.example/_matrix/client/versions cannot be reached: ENOTFOUND',
    'warning: https://one.example/.well-known/matrix/client cannot be reached: ENOTFOUND',
  ]);
  const elsewhere = {
    'https://matrix.one.example/_matrix/client/versions': { status: 502, body: undefined },
    'https://one.example/.well-known/matrix/client': {
      status: 200,
      body: { 'm.homeserver': { base_url: 'https://old' } },
    },
  };
  expect(await look(elsewhere, 'published')).toEqual([
    'fault: https://matrix.one.example/_matrix/client/versions answers 502 and no versions',
    'fault: https://one.example/.well-known/matrix/client leads clients to https://old, not to https://matrix.one.example',
  ]);
  expect(await look({}, 'published', {})).toEqual(['warning: it has no public URL']);
});

it('says what other servers miss: the server, itself, or its key', async () => {
  const gone = { outcome: 'unreachable', because: 'no address' } as const;
  expect(await look(GOOD_WEB, gone)).toEqual(['fault: other servers do not find it: no address']);
  const other = { outcome: 'answered', place: 'p:443', status: 200, body: { server_name: 'other.example' } } as const;
  expect(await look(GOOD_WEB, other)).toEqual(['fault: at p:443 somebody answers as other.example']);
  const old = { ...other, body: { server_name: NAME, verify_keys: { 'ed25519:old': { key: 'x' } } } };
  expect(await look(GOOD_WEB, old)).toEqual(['fault: at p:443 the key ed25519:1 that it signs with is not published']);
  expect(await look(GOOD_WEB, { ...other, status: 404, body: undefined })).toEqual([
    'fault: at p:443 somebody answers with 404',
  ]);
});
