import { assert, asyncProperty } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangeOne } from '../../../libs/service-shell/test-support/raw-http.ts';
import type { RawResponse } from '../../../libs/service-shell/test-support/raw-http.ts';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../../scripts/cluster/launch-embedded.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../../support/matrix-client.ts';
import { listRoutes } from './routes.ts';
import { SAMPLES } from './samples.ts';
import type { SpoiledRequest, Values } from './spoil.ts';
import { parametersOf, spoiled } from './spoil.ts';

const SEED = Number(process.env['PLEXUS_TEST_SEED'] ?? 20_260_101);
const RUNS = process.env['PLEXUS_TEST_FULL'] === '1' ? 1_000 : 25;

/** The statuses with which the specification's codes come. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  M_NOT_JSON: [400],
  M_BAD_JSON: [400, 405],
  M_MISSING_PARAM: [400],
  M_INVALID_PARAM: [400],
  M_INVALID_SIGNATURE: [400],
  M_INVALID_USERNAME: [400],
  M_THREEPID_MEDIUM_NOT_SUPPORTED: [400],
  M_THREEPID_AUTH_FAILED: [400, 403],
  M_SERVER_NOT_TRUSTED: [400],
  M_INVALID_ROOM_STATE: [400],
  M_USER_IN_USE: [400],
  M_EXCLUSIVE: [400, 403],
  M_ROOM_IN_USE: [400],
  M_UNSUPPORTED_ROOM_VERSION: [400],
  M_UNKNOWN: [400, 401, 409],
  M_MISSING_TOKEN: [401],
  M_UNKNOWN_TOKEN: [401],
  M_FORBIDDEN: [403],
  M_USER_DEACTIVATED: [403],
  M_GUEST_ACCESS_FORBIDDEN: [403],
  M_WRONG_ROOM_KEYS_VERSION: [403],
  M_NOT_FOUND: [404],
  M_UNRECOGNIZED: [401, 404, 405],
  M_KEY_TOO_LARGE: [400],
  M_PROFILE_TOO_LARGE: [400],
  M_TOO_LARGE: [413, 431],
};

let deployment: Deployment;
let http: MatrixHttp;
let alice: MatrixClient;
let admin: MatrixClient;
let values: Values;
let room: string;
let kept: string[];
/** What administrators may do away with. */
let doomed: Values;

beforeAll(async () => {
  // A policy's hosted server comes to it; whoever names none is of this one.
  const servers = [{ server_name: 'localhost', aliases: ['127.0.0.1'] }];
  const settings = { ...laboratorySettings, servers, server_notices: { system_mxid_localpart: 'notices' } };
  deployment = await launchEmbedded({ settings });
  http = new MatrixHttp(deployment);
  alice = await http.register('alice');
  await http.register('bob');
  await deployment.command(['user', 'create', 'admin', '--admin', '--password', 'wonderland']);
  admin = await http.login('admin');
  room = await alice.createRoom({ preset: 'private_chat' });
  kept = [];
  for (const body of ['one', 'two', 'three']) kept.push(await alice.send(room, body));
  const { filter_id: filterId } = await alice.ask('POST', `/_matrix/client/v3/user/${alice.userId}/filter`, {});
  await preparePolicy();
  const victim = await http.register('victim');
  const roomId = await victim.createRoom();
  doomed = { userId: victim.userId, roomId, roomIdOrAlias: roomId, eventId: await victim.send(roomId, 'doomed') };
  values = {
    purgeId: 'purge',
    broadcastId: 'broadcast',
    deleteId: 'delete',
    redactId: 'redact',
    medium: 'email',
    address: 'a@b.test',
    provider: 'p',
    externalId: 'e',
    reportId: '1',
    roomId: await alice.createRoom(),
    roomIdOrAlias: room,
    roomAlias: '#spoiled:localhost',
    keyName: 'org.example.field',
    eventId: kept[0] ?? '',
    type: 'm.room.topic',
    stateKey: '',
    transactionId: 't',
    relType: 'm.thread',
    eventType: 'm.room.message',
    userId: alice.userId,
    filterId: String(filterId),
    tag: 'u.work',
    kind: 'override',
    ruleId: 'mine',
    deviceId: alice.session.deviceId,
    authType: 'm.login.registration_token',
    serverName: 'nowhere.test',
    destination: 'far.test',
    appserviceId: 'irc',
    networkId: 'irc',
    protocol: 'irc',
    jobId: 'job',
    server: 'policies.test',
    name: 'terms',
    id: '1',
    version: '1',
    service: 'sync',
    sessionId: 'session',
    receiptType: 'm.read',
    token: textOf(await alice.sync(), 'next_batch'),
  };
});
afterAll(async () => {
  http.close();
  await deployment.dispose();
});

describe('bad input', () => {
  const routes = listRoutes();

  it('is made for every endpoint that there is', () => {
    expect(routes.map(({ method, pattern }) => `${method} ${pattern}`).toSorted()).toEqual(
      Object.keys(SAMPLES).toSorted(),
    );
  });

  it('has a good value for each parameter', () => {
    expect(Object.keys(values)).toEqual(expect.arrayContaining(routes.flatMap(({ pattern }) => parametersOf(pattern))));
  });

  it.each(routes)('gets an error of the specification or is taken: $method $pattern', async (route) => {
    const sample = SAMPLES[`${route.method} ${route.pattern}`] ?? {};
    const isAdministrative = /^\/_(plexus|synapse)\/admin\//.test(route.pattern);
    const client = isAdministrative ? admin : await sessionFor(route.pattern);
    await assert(
      asyncProperty(spoiled(route, sample, isAdministrative ? { ...values, ...doomed } : values), async (request) => {
        expect(['taken', ...Object.keys(STATUSES)]).toContain(await judge(request, client));
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect((await alice.call('GET', '/_matrix/client/v3/account/whoami')).status).toBe(200);
  });

  it('has lost nothing and logged no failure', async () => {
    const { chunk } = (await alice.ask(
      'GET',
      `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=1000`,
    )) as {
      chunk: readonly { type: string; event_id: string }[];
    };
    const messages = chunk.filter(({ type }) => type === 'm.room.message').map(({ event_id: id }) => id);
    expect(messages.toReversed()).toEqual(kept);
    const errors = deployment.services.flatMap((service) =>
      service
        .log()
        .split('\n')
        .filter((line) => /"level":"(error|fatal)"/.test(line)),
    );
    expect(errors).toEqual([]);
  });
});

/** Of a hosted server that nobody is of: what is published there blocks nobody. */
async function preparePolicy(): Promise<void> {
  const path = '/_plexus/admin/v1/policies/policies.test/terms';
  const documents = [{ language: 'en', format: 'markdown', source: 'Be kind.' }];
  await admin.call('POST', '/_plexus/admin/v1/servers', { server_name: 'policies.test', settings: {} });
  await admin.call('PUT', path, { title: 'Terms' });
  await admin.call('POST', `${path}/versions`, { version: '1', documents });
}

/** `taken`, or the error's code; else what is wrong with the answer. */
async function judge(request: SpoiledRequest, client: MatrixClient): Promise<string> {
  const response = await send(request, client);
  if (response.status < 400) return 'taken';
  const { errcode, error, flows } = response.json();
  // What asks for user-interactive authentication has no code of its own.
  if (response.status === 401 && Array.isArray(flows)) return 'taken';
  const isSpecified = STATUSES[String(errcode)]?.includes(response.status) === true && typeof error === 'string';
  return isSpecified ? String(errcode) : `${response.status} ${response.body}`;
}

/** Logging out must not end the session that the other endpoints use. */
function sessionFor(pattern: string): Promise<MatrixClient> {
  return pattern.includes('/logout') ? http.login('bob') : Promise.resolve(alice);
}

function send({ method, target, headers, body, hasToken }: SpoiledRequest, client: MatrixClient): Promise<RawResponse> {
  const named = new Set(headers.map(([name]) => name));
  const all: (readonly [string, string])[] = [...headers, ['Connection', 'close']];
  if (!named.has('Host')) all.push(['Host', 'localhost']);
  if (hasToken && !named.has('Authorization')) all.push(['Authorization', `Bearer ${client.session.accessToken}`]);
  if (body !== undefined && !named.has('Transfer-Encoding')) all.push(['Content-Length', String(body.length)]);
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const { port } = new URL(deployment.baseUrlFor(target));
  return exchangeOne(Number(port), Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]));
}
