import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { deploymentAdmin, elsewhere, part, PLEXUS_ADMIN } from '../support/administrators.ts';
import { TestAppservice } from '../support/appservices.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';
const APPSERVICE = 'm.login.application_service';

let http: MatrixHttp;
let bridge: TestAppservice;
let alice: MatrixClient;
beforeAll(async () => {
  http = await specified();
  bridge = await TestAppservice.register(http, { rate_limited: false });
  alice = await http.register(uniqueName('alice'));
});

function register(username: string | undefined, change: Json = {}): Promise<Reply> {
  return bridge.call('POST', `${V3}/register`, { type: APPSERVICE, username, ...change });
}

function logIn(user: string): Promise<Reply> {
  return bridge.call('POST', `${V3}/login`, { type: APPSERVICE, identifier: { type: 'm.id.user', user } });
}

function ping(id: string): string {
  return `/_matrix/client/v1/appservice/${id}/ping`;
}

/** As a proxy tells whose request it is. */
function from(address: string): Record<string, string> {
  return { 'X-Forwarded-For': address };
}

describe('POST /register by an application service', () => {
  it('makes users of its namespaces, logged in or not', async () => {
    const one = await register(`_${bridge.id}_one`, { device_id: 'D' });
    expect(one.body).toMatchObject({ user_id: bridge.userId('one'), device_id: 'D', access_token: expect.any(String) });
    const two = await register(`_${bridge.id}_two`, { inhibit_login: true });
    expect(two.body).toEqual({ user_id: bridge.userId('two'), home_server: 'localhost' });
  });

  it('makes no others', async () => {
    expectError(await register(uniqueName('free')), 400, 'M_EXCLUSIVE');
    expectError(await register(undefined), 400, 'M_MISSING_PARAM');
    expectError(await register(`_${bridge.id}_Ü`), 400, 'M_INVALID_USERNAME');
    await bridge.makeUser('taken');
    expectError(await register(`_${bridge.id}_taken`), 400, 'M_USER_IN_USE');
    expectError(await register(`${bridge.id}bot`), 400, 'M_USER_IN_USE');
  });

  it('needs the token of one', async () => {
    const body = { type: APPSERVICE, username: `_${bridge.id}_x` };
    expectError(await http.call('POST', `${V3}/register`, { body }), 401, 'M_MISSING_TOKEN');
    const { accessToken } = alice.session;
    expectError(await http.call('POST', `${V3}/register`, { body, accessToken }), 401, 'M_UNKNOWN_TOKEN');
  });

  it('keeps everybody else out of what is exclusive', async () => {
    const body = { username: `_${bridge.id}_mine`, password: 'x', auth: { type: 'm.login.dummy' } };
    expectError(await http.call('POST', `${V3}/register`, { body }), 400, 'M_EXCLUSIVE');
    const available = `${V3}/register/available?username=_${bridge.id}_mine`;
    expectError(await http.call('GET', available), 400, 'M_EXCLUSIVE');
    const greedy = await TestAppservice.register(http, {
      namespaces: { users: [{ regex: `@_${bridge.id}_.*`, exclusive: false }] },
    });
    const taking = { type: APPSERVICE, username: `_${bridge.id}_mine` };
    expectError(await greedy.call('POST', `${V3}/register`, taking), 400, 'M_EXCLUSIVE');
  });

  it('has names that nobody gets by leaving the choice to the server', async () => {
    const root = await deploymentAdmin();
    const server = `${uniqueName('bridged')}.test`.toLowerCase();
    const there = await elsewhere(root, server);
    const body = { auth: { type: 'm.login.dummy' } };
    expect((await there.call('POST', `${V3}/register`, { body })).status).toBe(200);
    const added = await root.call('POST', `${PLEXUS_ADMIN}/appservices`, {
      id: server,
      url: null,
      sender_localpart: 'bot',
      namespaces: { users: [{ regex: '@.*', exclusive: true }] },
      servers: [server],
    });
    expect(added.status).toBe(201);
    expectError(await there.call('POST', `${V3}/register`, { body }), 400, 'M_EXCLUSIVE');
  });
});

describe('POST /login by an application service', () => {
  it('opens sessions of its users', async () => {
    const userId = await bridge.makeUser('login');
    const accessToken = textOf((await logIn(userId)).body, 'access_token');
    const me = await http.call('GET', `${V3}/account/whoami`, { accessToken });
    expect(me.body['user_id']).toBe(userId);
    expect((await logIn(`_${bridge.id}_login`)).status).toBe(200);
    expect((await logIn(bridge.sender)).status).toBe(200);
  });

  it('opens no others', async () => {
    expectError(await logIn(alice.userId), 403, 'M_EXCLUSIVE');
    expectError(await logIn(bridge.userId('nobody')), 403, 'M_FORBIDDEN');
  });
});

describe('acting as users', () => {
  const whoAmI = `${V3}/account/whoami`;

  it('is as the sender where nobody is named, whose account is there by itself', async () => {
    expect((await bridge.call('GET', whoAmI)).body).toEqual({ user_id: bridge.sender, is_guest: false });
    const legacy = await http.call('GET', `${whoAmI}?access_token=${bridge.asToken}`);
    expect(legacy.body['user_id']).toBe(bridge.sender);
  });

  it('is as users of its namespaces only, and as devices that are there', async () => {
    const userId = await bridge.makeUser('device');
    expect((await bridge.as('device', 'PUT', `${V3}/devices/D`, { display_name: 'Phone' })).status).toBe(201);
    expect((await bridge.as('device', 'PUT', `${V3}/devices/D`, {})).status).toBe(200);
    const asDevice = await bridge.as('device', 'GET', `${whoAmI}?device_id=D`);
    expect(asDevice.body).toEqual({ user_id: userId, device_id: 'D', is_guest: false });
    expectError(await bridge.as('device', 'GET', `${whoAmI}?device_id=E`), 400, 'M_UNKNOWN_DEVICE');
    expectError(await bridge.call('GET', `${whoAmI}?user_id=${part(alice.userId)}`), 403, 'M_FORBIDDEN');
    expectError(await bridge.as('nobody', 'GET', whoAmI), 403, 'M_FORBIDDEN');
    expectError(await bridge.call('GET', `${whoAmI}?user_id=a&user_id=b`), 400, 'M_INVALID_PARAM');
    expect((await bridge.as('device', 'DELETE', `${V3}/devices/D`, {})).status).toBe(200);
    expectError(await bridge.as('device', 'GET', `${whoAmI}?device_id=D`), 400, 'M_UNKNOWN_DEVICE');
  });

  it('ends with a lock of the user, at once', async () => {
    await bridge.makeUser('locked');
    expect((await bridge.as('locked', 'GET', whoAmI)).status).toBe(200);
    const lock = `/_matrix/client/v1/admin/lock/${part(bridge.userId('locked'))}`;
    await (await deploymentAdmin()).ask('PUT', lock, { locked: true });
    expectError(await bridge.as('locked', 'GET', whoAmI), 401, 'M_USER_LOCKED');
  });

  it('syncs as a user', async () => {
    await bridge.makeUser('sync');
    const reply = await bridge.as('sync', 'GET', `${V3}/sync?timeout=0`);
    expect([reply.status, reply.body['next_batch']]).toEqual([200, expect.any(String)]);
  });

  it('uploads keys as a device only', async () => {
    await bridge.makeUser('keys');
    await bridge.as('keys', 'PUT', `${V3}/devices/D`, {});
    const body = { one_time_keys: { 'signed_curve25519:A': { key: 'a', signatures: {} } } };
    expectError(await bridge.as('keys', 'POST', `${V3}/keys/upload`, body), 400, 'M_MISSING_PARAM');
    const uploaded = await bridge.as('keys', 'POST', `${V3}/keys/upload?device_id=D`, {});
    expect(uploaded.status).toBe(200);
  });

  it('sends at the time that it says', async () => {
    await bridge.makeUser('timely');
    const created = await bridge.as('timely', 'POST', `${V3}/createRoom`, {});
    const room = `${V3}/rooms/${part(textOf(created.body, 'room_id'))}`;
    const sent = await bridge.as('timely', 'PUT', `${room}/send/m.room.message/t1?ts=1234567`, { body: 'old' });
    const state = await bridge.as('timely', 'PUT', `${room}/state/m.room.topic/?ts=7654321`, { topic: 'old' });
    const target = `${room}/state/m.room.member/${part(alice.userId)}?ts=1111111`;
    const invite = await bridge.as('timely', 'PUT', target, { membership: 'invite' });
    for (const [reply, ts] of [
      [sent, 1_234_567],
      [state, 7_654_321],
      [invite, 1_111_111],
    ] as const) {
      const event = await bridge.as('timely', 'GET', `${room}/event/${part(textOf(reply.body, 'event_id'))}`);
      expect(event.body['origin_server_ts']).toBe(ts);
    }
    const wrong = await bridge.as('timely', 'PUT', `${room}/send/m.room.message/t2?ts=soon`, { body: 'x' });
    expectError(wrong, 400, 'M_INVALID_PARAM');
  });

  it('gives nobody else the time of their events', async () => {
    const roomId = await alice.createRoom();
    const before = Date.now();
    const eventId = textOf(await alice.ask('PUT', `${alice.sendPath(roomId, 'ts')}?ts=5`, { body: 'now' }), 'event_id');
    const event = await alice.ask('GET', `${V3}/rooms/${part(roomId)}/event/${part(eventId)}`);
    expect(event['origin_server_ts']).toBeGreaterThanOrEqual(before);
  });
});

describe('aliases of an application service', () => {
  it('are its own to make and to remove', async () => {
    const alias = `#_${bridge.id}_room:localhost`;
    const path = `${V3}/directory/room/${part(alias)}`;
    const roomId = await alice.createRoom();
    expectError(await alice.call('PUT', path, { room_id: roomId }), 400, 'M_EXCLUSIVE');
    const named = { room_alias_name: `_${bridge.id}_other` };
    expectError(await alice.call('POST', `${V3}/createRoom`, named), 400, 'M_EXCLUSIVE');
    expect((await bridge.call('PUT', path, { room_id: roomId })).status).toBe(200);
    expectError(await alice.call('DELETE', path), 400, 'M_EXCLUSIVE');
    const free = `${V3}/directory/room/${part(`#${uniqueName('free')}:localhost`)}`;
    expectError(await bridge.call('PUT', free, { room_id: roomId }), 400, 'M_EXCLUSIVE');
    expect((await bridge.call('DELETE', path)).status).toBe(200);
  });
});

describe('PUT /directory/list/appservice/{networkId}/{roomId}', () => {
  it('shows rooms in the directory of a network', async () => {
    await bridge.makeUser('publisher');
    const created = await bridge.as('publisher', 'POST', `${V3}/createRoom`, { name: 'Bridged' });
    const roomId = textOf(created.body, 'room_id');
    const path = `${V3}/directory/list/appservice/freenode/${part(roomId)}`;
    expectError(await alice.call('PUT', path, { visibility: 'public' }), 403, 'M_FORBIDDEN');
    expectError(await bridge.call('PUT', path, { visibility: 'open' }), 400, 'M_BAD_JSON');
    expect((await bridge.call('PUT', path, { visibility: 'public' })).status).toBe(200);
    const list = async (query: Json) => {
      const { chunk } = (await alice.ask('POST', `${V3}/publicRooms`, query)) as { chunk: { room_id: string }[] };
      return chunk.map((room) => room.room_id);
    };
    const instance = { third_party_instance_id: `${bridge.id}|freenode` };
    expect(await list(instance)).toEqual([roomId]);
    expect(await list({})).not.toContain(roomId);
    expect(await list({ include_all_networks: true })).toContain(roomId);
    await bridge.call('PUT', path, { visibility: 'private' });
    expect(await list(instance)).toEqual([]);
    const elsewhere = `${V3}/directory/list/appservice/freenode/${part('!nowhere:localhost')}`;
    expectError(await bridge.call('PUT', elsewhere, { visibility: 'public' }), 404, 'M_NOT_FOUND');
  });
});

describe('POST /appservice/{appserviceId}/ping', () => {
  it('is for the application service that has a URL', async () => {
    expectError(await bridge.call('POST', ping(bridge.id), {}), 400, 'M_URL_NOT_SET');
    expectError(await bridge.call('POST', ping('another'), {}), 403, 'M_FORBIDDEN');
    expectError(await alice.call('POST', ping(bridge.id), {}), 403, 'M_FORBIDDEN');
  });
});

describe('ip_range_whitelist', () => {
  it('is kept at every entrance, without saying so', async () => {
    const guarded = await TestAppservice.register(http, { ip_range_whitelist: ['10.0.0.0/8'] });
    const login = { type: APPSERVICE, identifier: { type: 'm.id.user', user: guarded.sender } };
    const user = { type: APPSERVICE, username: `_${guarded.id}_x`, inhibit_login: true };
    const entrances: [string, string, Json | undefined][] = [
      ['GET', `${V3}/account/whoami`, undefined],
      ['GET', `${V3}/account/whoami?user_id=${part(guarded.sender)}`, undefined],
      ['POST', `${V3}/register`, user],
      ['POST', `${V3}/login`, login],
      ['POST', `/_matrix/client/v1/appservice/${guarded.id}/ping`, {}],
      ['GET', `${V3}/sync?timeout=0`, undefined],
      ['POST', `${V3}/createRoom`, {}],
    ];
    for (const [method, path, body] of entrances) {
      for (const address of ['192.0.2.1', '10.0.0.1, 192.0.2.1']) {
        const refused = await guarded.call(method, path, body, from(address));
        expectError(refused, 401, 'M_UNKNOWN_TOKEN');
        expect(refused.body['soft_logout']).toBe(false);
        const mark = path.includes('?') ? '&' : '?';
        const legacy = `${path}${mark}access_token=${guarded.asToken}`;
        expectError(await http.call(method, legacy, { body, headers: from(address) }), 401, 'M_UNKNOWN_TOKEN');
      }
    }
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.1, 10.1.2.3']) {
      expect((await guarded.call('GET', `${V3}/account/whoami`, undefined, from(address))).status).toBe(200);
    }
  });
});
