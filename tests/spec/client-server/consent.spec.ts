import { beforeAll, describe, expect, it } from 'vitest';
import { consentsResponse } from '@plexus/matrix-api';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { fetchPage, formOf } from '../../support/fetch-page.ts';
import type { MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { deploymentAdmin, elsewhere, part, PLEXUS_ADMIN, SYNAPSE_ADMIN } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const SERVER = 'consent.test';
const POLICY = `${PLEXUS_ADMIN}/policies/${SERVER}/privacy_policy`;
const V3 = '/_matrix/client/v3';

let deployment: Deployment;
let root: MatrixClient;
let http: MatrixHttp;
/** Has agreed. */
let carol: MatrixClient;
let carolsRoom: string;
let lastVersion = 0;

beforeAll(async () => {
  deployment = await sharedDeployment();
  root = await deploymentAdmin();
  http = await elsewhere(root, SERVER);
  await root.ask('PUT', POLICY, { title: 'Privacy', block_error: 'First read %(consent_uri)s' });
  carol = await http.register(uniqueName('carol'));
  carolsRoom = await carol.createRoom({ preset: 'public_chat' });
});

/** A version that blocks whoever has not agreed to it. */
async function block(): Promise<string> {
  const version = `${++lastVersion}.0`;
  const documents = [{ language: 'en', format: 'markdown', source: `Version ${version}` }];
  const asked = { version, documents, block_at: 5 };
  const published = await root.call('POST', `${POLICY}/versions`, asked);
  expect(published.status).toBe(201);
  return version;
}

async function stopBlocking(): Promise<void> {
  for (let number = 1; number <= lastVersion; number += 1)
    await root.ask('PUT', `${POLICY}/versions/${number}.0`, { block_at: null });
}

async function linkOf(client: MatrixClient): Promise<string> {
  const reply = await client.call('POST', `${V3}/createRoom`, {});
  expectError(reply, 403, 'M_CONSENT_NOT_GIVEN');
  return textOf(reply.body, 'consent_uri');
}

/** The link leads to the server's name; the test reaches it at the deployment's address. */
function addressOf(link: string): string {
  const { pathname, search } = new URL(link);
  return deployment.baseUrlFor(pathname) + pathname + search;
}

async function agree(client: MatrixClient): Promise<void> {
  const address = addressOf(await linkOf(client));
  const page = await fetchPage(address, { host: SERVER });
  expect(page.status).toBe(200);
  const accepted = await fetchPage(new URL('consent', address).toString(), { host: SERVER, form: formOf(page.body) });
  expect(accepted.status).toBe(200);
}

describe('whoever has not agreed to the policy of their server', () => {
  let alice: MatrixClient;
  let bob: MatrixClient;
  let room: string;
  let said: string;

  beforeAll(async () => {
    await stopBlocking();
    [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
    room = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(room);
    said = await alice.send(room, 'before');
    await carol.invite(carolsRoom, alice.userId);
    await block();
    await agree(carol);
  });

  function refusals(): readonly (readonly [string, () => Promise<Reply>])[] {
    const target = { user_id: bob.userId };
    return [
      ['createRoom', () => alice.call('POST', `${V3}/createRoom`, { room_version: 'none' })],
      ['send', () => alice.call('PUT', roomPath(room, '/send/m.room.message/a'), { body: 'x' })],
      ['reaction', () => alice.call('PUT', roomPath(room, '/send/m.reaction/b'), {})],
      ['state', () => alice.call('PUT', roomPath(room, '/state/m.room.topic/'), { topic: 'x' })],
      ['redact', () => alice.call('PUT', roomPath(room, `/redact/${part(said)}/c`), {})],
      ['invite', () => alice.call('POST', roomPath(room, '/invite'), { user_id: carol.userId })],
      ['kick', () => alice.call('POST', roomPath(room, '/kick'), target)],
      ['ban', () => alice.call('POST', roomPath(room, '/ban'), target)],
      ['unban', () => alice.call('POST', roomPath(room, '/unban'), target)],
      ['join', () => alice.call('POST', `${V3}/join/${part(carolsRoom)}`, {})],
      ['join elsewhere', () => alice.call('POST', `${V3}/join/${part('!none:far.test')}?via=far.test`, {})],
      ['knock', () => alice.call('POST', `${V3}/knock/${part(carolsRoom)}`, {})],
      ['knock elsewhere', () => alice.call('POST', `${V3}/knock/${part('!none:far.test')}?via=far.test`, {})],
      [
        'own membership',
        () => alice.call('PUT', roomPath(room, `/state/m.room.member/${alice.userId}`), { membership: 'join' }),
      ],
      ['upgrade', () => alice.call('POST', roomPath(room, '/upgrade'), { new_version: '11' })],
    ];
  }

  it('may not write, join or create, and is told where to agree', async () => {
    for (const [what, attempt] of refusals()) {
      const { status, body } = await attempt();
      expect([what, status, body['errcode']]).toEqual([what, 403, 'M_CONSENT_NOT_GIVEN']);
      const uri = textOf(body, 'consent_uri');
      expect(uri).toMatch(/^https:\/\/consent\.test\/_matrix\/consent\?u=[^&]+&h=[0-9a-f]{64}$/);
      expect(body['error']).toBe(`First read ${uri}`);
    }
  });

  it('goes on receiving, reading, and saying what is no event', async () => {
    const user = part(alice.userId);
    const kept: readonly (readonly [string, string, object?])[] = [
      ['GET', `${V3}/sync`],
      ['GET', roomPath(room, '/messages?dir=b')],
      ['GET', roomPath(room, '/members')],
      ['PUT', roomPath(room, `/typing/${user}`), { typing: true, timeout: 1_000 }],
      ['POST', roomPath(room, `/receipt/m.read/${part(said)}`), {}],
      ['PUT', `${V3}/profile/${user}/displayname`, { displayname: 'Alice' }],
      ['PUT', `${V3}/user/${user}/account_data/a.type`, { a: 1 }],
      ['PUT', `${V3}/sendToDevice/m.type/t`, { messages: {} }],
      ['POST', `${V3}/keys/query`, { device_keys: {} }],
      ['GET', `${V3}/devices`],
      ['GET', `${V3}/pushrules/`],
    ];
    for (const [method, path, body] of kept) {
      const reply = await alice.call(method, path, body);
      expect([path, reply.status]).toEqual([path, 200]);
    }
  });

  it('may reject invites and leave, but put nobody out', async () => {
    expect((await alice.call('POST', roomPath(carolsRoom, '/leave'), {})).status).toBe(200);
    expect((await bob.call('POST', roomPath(room, '/leave'), {})).status).toBe(200);
  });

  it('is helped by an administrator, and not hindered as a bot', async () => {
    const joined = await root.call('POST', `${SYNAPSE_ADMIN}/join/${part(carolsRoom)}`, { user_id: bob.userId });
    expect(joined.status).toBe(200);
    const bot = await http.register(uniqueName('bot'));
    expectError(await bot.call('POST', `${V3}/createRoom`, {}), 403, 'M_CONSENT_NOT_GIVEN');
    await root.call('PUT', `/_synapse/admin/v2/users/${part(bot.userId)}`, { user_type: 'bot' });
    expect((await bot.call('POST', `${V3}/createRoom`, {})).status).toBe(200);
  });

  it('may deactivate the account, which parts them from their rooms', async () => {
    const dave = await http.register(uniqueName('dave'));
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: dave.userId },
      password: 'wonderland',
    };
    const asked = await dave.call('POST', `${V3}/account/deactivate`, { auth });
    expect(asked.status).toBe(200);
  });

  it('may write at once after having agreed, and again has to with the next version', async () => {
    const eve = await http.register(uniqueName('eve'));
    await agree(eve);
    const own = await eve.createRoom();
    await eve.send(own, 'hello');
    await block();
    expectError(
      await eve.call('PUT', roomPath(own, '/send/m.room.message/x'), { body: 'x' }),
      403,
      'M_CONSENT_NOT_GIVEN',
    );
    await agree(eve);
    await eve.send(own, 'hello again');
    const consents = expectShape(
      await root.call('GET', `${PLEXUS_ADMIN}/users/${part(eve.userId)}/consents`),
      consentsResponse,
    );
    expect(consents['consents']).toMatchObject(
      [{ version: '1.0' }, { version: '2.0' }].map((one) => ({ ...one, way: 'page' })),
    );
    const shown = await root.call('GET', `/_synapse/admin/v2/users/${part(eve.userId)}`);
    expect(shown.body).toMatchObject({ consent_version: '2.0', consent_ts: expect.any(Number) });
    await agree(carol);
  });

  it('has no matter with users of other servers', async () => {
    expect((await root.call('POST', `${V3}/createRoom`, {})).status).toBe(200);
  });
});

describe('the export of a server’s consents', () => {
  it('is lines of JSON', async () => {
    const { type, text } = await exported('jsonl');
    expect(type).toBe('application/x-ndjson');
    const users = text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { user_id: string }).user_id);
    expect(users).toContain(carol.userId);
    expect(users).toEqual(users.toSorted());
  });

  it('is CSV', async () => {
    const { type, text } = await exported('csv');
    expect(type).toBe('text/csv; charset=utf-8');
    const [head, first] = text.split('\r\n');
    expect(head).toBe('user_id,policy,version,language,text_sha256,accepted_at,address,way');
    expect(first).toMatch(/^@[^,]+:consent\.test,privacy_policy,\d\.0,en,[0-9a-f]{64},\d{4}-[^,]+Z,127\.0\.0\.1,page$/);
  });
});

describe('registration on a server that requires consent', () => {
  it('stores what was agreed to, so that nobody is asked twice', async () => {
    const terms = await elsewhere(root, 'terms.test');
    const path = `${PLEXUS_ADMIN}/policies/terms.test/privacy_policy`;
    await root.ask('PUT', path, { title: 'Privacy', required_at_registration: true });
    const documents = [{ language: 'en', format: 'markdown', source: 'Terms' }];
    await root.call('POST', `${path}/versions`, { version: '1', documents, block_at: 5 });
    const username = uniqueName('frank');
    const asked = await terms.call('POST', `${V3}/register`, { body: { username, password: 'p' } });
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.terms', 'm.login.dummy'] }]]);
    const session = textOf(asked.body, 'session');
    const page = await fetchPage(
      `${deployment.baseUrlFor(V3)}${V3}/auth/m.login.terms/fallback/web?session=${session}`,
      {
        host: 'terms.test',
      },
    );
    expect([page.status, page.body.includes('https://terms.test/_matrix/consent?v=1')]).toEqual([200, true]);
    const body = { username, password: 'p', auth: { type: 'm.login.terms', session } };
    expect((await terms.call('POST', `${V3}/register`, { body })).body['completed']).toEqual(['m.login.terms']);
    const last = { ...body, auth: { type: 'm.login.dummy', session } };
    const { status, body: registered } = await terms.call('POST', `${V3}/register`, { body: last });
    expect(status).toBe(200);
    const token = textOf(registered, 'access_token');
    const room = await terms.call('POST', `${V3}/createRoom`, { body: {}, accessToken: token });
    expect(room.status).toBe(200);
  });
});

async function exported(format: string): Promise<{ readonly type: string | null; readonly text: string }> {
  const path = `${PLEXUS_ADMIN}/consents?server_name=${SERVER}&format=${format}`;
  const headers = { authorization: `Bearer ${root.session.accessToken}` };
  const answer = await fetch(deployment.baseUrlFor(path) + path, { headers });
  return { type: answer.headers.get('content-type'), text: await answer.text() };
}
