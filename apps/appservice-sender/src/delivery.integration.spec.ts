import { PostgresSessions, PostgresUsers, PostgresUserStreams } from '@plexus/storage-postgres';
import { FairSlots } from '@plexus/service-shell';
import { FakeRooms } from '@plexus/testing';
import { PRESENCE_EVENTS, ROOM_EPHEMERAL } from '@plexus/topics';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import { waitUntil } from '../../../tests/support/servers/wait-until.ts';
import { buildAppservice } from '../test-support/build-appservice.ts';
import type { DeliveryHarness, HarnessOptions } from '../test-support/delivery-harness.ts';
import { FAILED, realClock, ROOM_SHARDS, startDelivery, TAKEN } from '../test-support/delivery-harness.ts';

const ALICE = '@alice:one.example';
const GHOST = '@_irc_bob:one.example';
const BOT = '@bot:one.example';
const ROOM = '!room:one.example';
const url = 'http://bridge.example';
const users = [{ regex: '@_irc_.*', isExclusive: true }];
const IRC = buildAppservice({ id: 'irc', settings: { url, namespaces: { users, aliases: [], rooms: [] } } });
const RICH = buildAppservice({
  id: 'rich',
  settings: {
    url,
    senderLocalpart: 'rich',
    namespaces: { users, aliases: [], rooms: [] },
    receivesEphemeral: true,
    receivesDeviceChanges: true,
  },
});

const TABLES = `appservice_positions, appservice_members, appservice_projections, appservice_inboxes, appservice_streams,
  appservice_items, appservice_shards, appservice_queues, appservice_transactions, to_device_messages,
  to_device_transactions, device_list_changes, user_rooms, room_aliases, users, devices, user_streams`;
const SOON = { timeout: 10_000, interval: 20 };

let test: TestDatabase;
let harness: DeliveryHarness;
const started: DeliveryHarness[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
  await test.database.query(`truncate ${TABLES}`);
  await test.database.query('update device_list_position set position = 0');
});
afterAll(() => test.drop());

async function start(options: HarnessOptions = {}): Promise<DeliveryHarness> {
  const made = await startDelivery(test, options);
  started.push(made);
  return made;
}

/** A replica that dies: nothing that it began is stored or sent by it from now on. */
async function kill(killed: DeliveryHarness): Promise<void> {
  await killed.topics.close();
}

async function makeRoom(...members: string[]): Promise<void> {
  await harness.append({ roomId: ROOM, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
  for (const userId of [ALICE, ...members]) await harness.member(ROOM, userId, 'join');
}

async function count(table: string): Promise<number> {
  const { rows } = await test.database.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? -1;
}

function saidBy(id: string): unknown[] {
  return harness.appservices.said(id);
}

describe('events', () => {
  beforeEach(async () => {
    harness = await start();
    harness.registry.set(IRC);
  });

  it('of a room come from the join of its first user on, until the last one is gone', async () => {
    await makeRoom();
    await harness.say(ROOM, ALICE, 'not for you');
    await harness.member(ROOM, GHOST, 'invite', ALICE);
    await harness.say(ROOM, ALICE, 'nor this');
    await harness.member(ROOM, GHOST, 'join');
    await harness.member(ROOM, '@_irc_carol:one.example', 'join');
    for (const body of ['1', '2']) await harness.say(ROOM, ALICE, body);
    await harness.member(ROOM, GHOST, 'leave');
    await harness.say(ROOM, ALICE, '3');
    await harness.member(ROOM, '@_irc_carol:one.example', 'leave', ALICE);
    await harness.say(ROOM, ALICE, 'among us');
    await harness.member(ROOM, GHOST, 'invite', ALICE);
    const all = ['invite', 'join', 'join', '1', '2', 'leave', '3', 'leave', 'invite'];
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(all), SOON);
    expect(harness.observer.failures).toEqual([]);
  });

  it('are in the format for clients, with what they replace, and invites with the state of the room', async () => {
    await makeRoom();
    await harness.append({ roomId: ROOM, type: 'm.room.name', sender: ALICE, stateKey: '', content: { name: 'A' } });
    await harness.member(ROOM, GHOST, 'invite', ALICE);
    await harness.member(ROOM, GHOST, 'join');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['invite', 'join']), SOON);
    const [invite, join] = harness.appservices.list('irc', 'events');
    expect(invite).toMatchObject({ room_id: ROOM, state_key: GHOST, event_id: expect.stringMatching(/^\$/) });
    expect(invite?.['unsigned']).toMatchObject({ age: expect.any(Number) });
    for (const type of ['m.room.create', 'm.room.name', 'm.room.member']) {
      const described = { invite_room_state: expect.arrayContaining([expect.objectContaining({ type })]) };
      expect(invite?.['unsigned']).toMatchObject(described);
    }
    expect(join?.['unsigned']).toMatchObject({ prev_content: { membership: 'invite' }, prev_sender: ALICE });
  });

  it('come by alias and by room id too', async () => {
    const aliases = [{ regex: '#_irc_.*', isExclusive: true }];
    const rooms = [{ regex: '!elsewhere.*', isExclusive: false }];
    const byName = { url, senderLocalpart: 'names', namespaces: { users: [], aliases, rooms } };
    harness.registry.set(IRC, buildAppservice({ id: 'names', settings: byName }));
    await test.database.query(
      `insert into room_aliases (room_alias, server_name, room_id, creator) values ('#_irc_a:one.example', 'one.example', $1, $2)`,
      [ROOM, ALICE],
    );
    await makeRoom();
    await harness.say(ROOM, ALICE, 'hello');
    await harness.say('!elsewhere:one.example', ALICE, 'there');
    await vi.waitFor(() => expect(saidBy('names')).toEqual(['m.room.create', 'join', 'hello', 'there']), SOON);
    expect(saidBy('irc')).toEqual([]);
  });

  it('go to a sender of its own, and never to one without a URL', async () => {
    harness.registry.set(
      IRC,
      buildAppservice({ id: 'mute', settings: { namespaces: { users, aliases: [], rooms: [] } } }),
    );
    await makeRoom(BOT);
    await harness.say(ROOM, ALICE, 'hello');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'hello']), SOON);
    expect(await count('appservice_items')).toBe(2);
  });

  it('of users of hosted servers that it does not serve are not its', async () => {
    harness.registry.set(
      buildAppservice({
        id: 'two',
        servers: ['two.example'],
        settings: { url, namespaces: { users, aliases: [], rooms: [] } },
      }),
      IRC,
    );
    await makeRoom(GHOST);
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join']), SOON);
    await harness.member(ROOM, '@_irc_bob:two.example', 'join');
    await vi.waitFor(() => expect(saidBy('two')).toEqual(['join']), SOON);
    expect(harness.appservices.list('two', 'events')[0]?.['state_key']).toBe('@_irc_bob:two.example');
  });

  it('of rooms in which none of the servers is that it serves are not its, whatever alias it gave them', async () => {
    const aliases = [{ regex: '#_irc_.*', isExclusive: true }];
    const rooms = [{ regex: '!room.*', isExclusive: false }];
    const byName = { url, senderLocalpart: 'names', namespaces: { users: [], aliases, rooms } };
    harness.registry.set(IRC, buildAppservice({ id: 'two', servers: ['two.example'], settings: byName }));
    await test.database.query(
      `insert into room_aliases (room_alias, server_name, room_id, creator) values ('#_irc_a:two.example', 'two.example', $1, $2)`,
      [ROOM, '@names:two.example'],
    );
    await makeRoom(GHOST);
    await harness.say(ROOM, ALICE, 'among us');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'among us']), SOON);
    expect(await count('appservice_items')).toBe(2);
  });

  it('are found in Postgres where their records are lost, and are not repeated where these come twice', async () => {
    await makeRoom(GHOST);
    const lost = harness.rooms.append({
      roomId: ROOM,
      type: 'm.room.message',
      sender: ALICE,
      content: { body: 'lost' },
    });
    const kept = await harness.say(ROOM, ALICE, 'kept');
    for (const row of [lost, kept, kept]) await harness.publish(row);
    await harness.say(ROOM, ALICE, 'last');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'lost', 'kept', 'last']), SOON);
  });

  it('go in transactions of a hundred at most, one at a time, however many there are', async () => {
    await makeRoom(GHOST);
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join']), SOON);
    const { promise, resolve } = Promise.withResolvers<typeof TAKEN>();
    harness.appservices.behaviours.set('irc', () => promise);
    const rows = Array.from({ length: 450 }, (_, index) => `${index}`);
    await harness.say(ROOM, ALICE, 'first');
    for (const body of rows) {
      harness.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body } });
    }
    await harness.say(ROOM, ALICE, 'last');
    await vi.waitFor(async () => expect(await count('appservice_items')).toBe(453), SOON);
    resolve(TAKEN);
    harness.appservices.behaviours.delete('irc');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'first', ...rows, 'last']), SOON);
    const sizes = harness.appservices.to('irc').map(({ content }) => content['events']?.length ?? 0);
    expect(Math.max(...sizes)).toBe(100);
    expect(sizes.length).toBeLessThan(12);
    expect(harness.appservices.mostInFlight).toBe(1);
    const ids = harness.appservices.to('irc').map(({ transactionId }) => transactionId);
    expect(new Set(ids).size).toBe(ids.length);
    await vi.waitFor(async () => expect(await count('appservice_transactions')).toBe(0));
  });
});

describe('an application service that takes nothing', () => {
  beforeEach(async () => {
    harness = await start();
    harness.registry.set(IRC, RICH);
    await makeRoom();
    harness.appservices.behaviours.set('irc', () => FAILED);
    await harness.member(ROOM, GHOST, 'join');
    await waitUntil('it failed once', 10_000, () => harness.observer.intervals.length > 0);
  });

  it('gets the same transaction again, then what waited together; others do not wait for it', async () => {
    for (const body of ['1', '2', '3']) await harness.say(ROOM, ALICE, body);
    await vi.waitFor(() => expect(saidBy('rich')).toEqual(['join', '1', '2', '3']), SOON);
    expect(harness.appservices.to('irc')).toHaveLength(1);
    harness.appservices.behaviours.delete('irc');
    expect(
      await harness.endpoint.changeQueue({ appserviceId: 'irc', change: 'retry', seq: 0 }, { deadlineMs: 1 }),
    ).toEqual({
      outcome: 'done',
    });
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'join', '1', '2', '3']), SOON);
    const [first, second, third] = harness.appservices.to('irc');
    expect(second).toEqual(first);
    expect(third?.content['events']).toHaveLength(3);
    expect(third?.transactionId).not.toBe(first?.transactionId);
    expect([harness.observer.retries, harness.observer.up]).toEqual([1, ['irc']]);
  });

  it('is tried again by itself, later each time', async () => {
    await vi.waitFor(() => expect(harness.observer.intervals).toEqual([2_000, 4_000]), SOON);
    const [first, second] = harness.appservices.to('irc');
    expect(second).toEqual(first);
    // What watches is told before it is stored.
    await vi.waitFor(async () => {
      const { rows } = await test.database.query(
        `select failures, last_error from appservice_queues where appservice_id = 'irc'`,
      );
      expect(rows).toEqual([{ failures: 2, last_error: 'connect' }]);
    }, SOON);
  });

  it('can be paused, and what waits be skipped or sent again', async () => {
    const change = (kind: string, seq = 0) =>
      harness.endpoint.changeQueue({ appserviceId: 'irc', change: kind, seq }, { deadlineMs: 1 });
    expect(await change('pause')).toEqual({ outcome: 'done' });
    harness.appservices.behaviours.delete('irc');
    for (const body of ['1', '2', '3']) await harness.say(ROOM, ALICE, body);
    await vi.waitFor(() => expect(saidBy('rich')).toHaveLength(4), SOON);
    expect(harness.appservices.to('irc')).toHaveLength(1);
    expect(await change('skip', 3)).toEqual({ outcome: 'done' });
    expect(await change('resume')).toEqual({ outcome: 'done' });
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', '3']), SOON);
    expect(await change('replay', 2)).toEqual({ outcome: 'done' });
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', '3', '1', '2', '3']), SOON);
    expect(
      await harness.endpoint.changeQueue({ appserviceId: 'nobody', change: 'pause', seq: 0 }, { deadlineMs: 1 }),
    ).toEqual({ outcome: expect.stringMatching(/unknown/) });
  });
});

describe('what is not an event', () => {
  beforeEach(async () => {
    harness = await start();
    harness.registry.set(IRC, RICH);
    await makeRoom(GHOST);
    await waitUntil('it has the join', 10_000, () => saidBy('rich').length > 0);
  });

  it('is told of receipts, private ones of its own users only', async () => {
    for (const [userId, receiptType] of [
      [ALICE, 'm.read'],
      [ALICE, 'm.read.private'],
      [GHOST, 'm.read.private'],
    ] as const) {
      await harness.publish(harness.rooms.appendReceipts(ROOM, userId, [{ receiptType, eventId: '$e', setAt: 5 }]));
    }
    await harness.say(ROOM, ALICE, 'after');
    const receipt = (userId: string, type: string) => {
      return { type: 'm.receipt', room_id: ROOM, content: { $e: { [type]: { [userId]: { ts: 5 } } } } };
    };
    const all = [receipt(ALICE, 'm.read'), receipt(GHOST, 'm.read.private')];
    await vi.waitFor(() => expect(harness.appservices.list('rich', 'ephemeral')).toEqual(all), SOON);
    expect(harness.appservices.list('rich', 'de.sorunome.msc2409.ephemeral')).toEqual(all);
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', 'after']), SOON);
    expect(harness.appservices.to('irc').flatMap(({ content }) => Object.keys(content))).not.toContain('ephemeral');
  });

  it('is told who types, and who stops', async () => {
    const shard = (await harness.rooms.findRoom(ROOM))?.shard ?? 0;
    const type = async (userId: string, timeoutMs: number): Promise<void> => {
      const value = { roomId: ROOM, content: { $case: 'typing' as const, value: { userId, timeoutMs } } };
      await harness.topics.producer.send(ROOM_EPHEMERAL, shard, [{ key: ROOM, value }]);
    };
    await type(ALICE, 30_000);
    await type('@carol:one.example', 1);
    const typing = (...userIds: string[]) => ({ type: 'm.typing', room_id: ROOM, content: { user_ids: userIds } });
    const all = [typing(ALICE), typing(ALICE, '@carol:one.example'), typing(ALICE)];
    await vi.waitFor(() => expect(harness.appservices.list('rich', 'ephemeral')).toEqual(all), SOON);
  });

  it('is told of the presence of those who share a room, and of its own users, when it changes', async () => {
    await test.database.query(
      `insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
       select $1, $2, room_shard, room_nid, 'join', $1, '$e', 1 from appservice_members limit 1`,
      [ALICE, ROOM],
    );
    await sayPresence('@stranger:one.example', 'online');
    await sayPresence(ALICE, 'online');
    await sayPresence(ALICE, 'online');
    await sayPresence(GHOST, 'unavailable');
    await vi.waitFor(() => {
      const told = harness.appservices.list('rich', 'ephemeral').map(({ sender, content }) => [sender, content]);
      expect(told).toEqual([
        [ALICE, expect.objectContaining({ presence: 'online', currently_active: true })],
        [GHOST, expect.objectContaining({ presence: 'unavailable', currently_active: false })],
      ]);
    }, SOON);
  });

  it('gets messages to devices of its users once, hint or no hint, and they are gone from the inbox', async () => {
    await addDevice(GHOST, 'D');
    await sendToDevice('t1', '{"type":"m.a","sender":"@alice:one.example","content":{}}');
    await harness.hint(GHOST);
    const got = () => harness.appservices.list('rich', 'to_device');
    const message = { sender: ALICE, content: {}, to_user_id: GHOST, to_device_id: 'D' };
    await vi.waitFor(() => expect(got()).toEqual([{ type: 'm.a', ...message }]), SOON);
    await sendToDevice('t2', '{"type":"m.b","sender":"@alice:one.example","content":{}}');
    await vi.waitFor(() => expect(got()).toHaveLength(2), SOON);
    for (let times = 0; times < 3; times += 1) await harness.hint(GHOST);
    await vi.waitFor(async () => expect(await count('to_device_messages')).toBe(0), SOON);
    expect(got().map(({ type }) => type)).toEqual(['m.a', 'm.b']);
    expect(harness.appservices.list('rich', 'de.sorunome.msc2409.to_device')).toEqual(got());
    expect(harness.appservices.list('irc', 'to_device')).toEqual([]);
  });

  it('keeps messages to devices while it is away', async () => {
    harness.appservices.behaviours.set('rich', () => FAILED);
    await addDevice(GHOST, 'D');
    await sendToDevice('t1', '{"type":"m.a","sender":"@alice:one.example","content":{}}');
    await harness.hint(GHOST);
    await vi.waitFor(async () => expect(await count('to_device_messages')).toBe(0), SOON);
    await kill(harness);
    const { rooms, broker, appservices, registry } = harness;
    appservices.behaviours.delete('rich');
    harness = await start({ rooms, broker, appservices, registry, address: 'second' });
    await vi.waitFor(() => expect(appservices.list('rich', 'to_device').length).toBeGreaterThan(0), SOON);
    const ids = appservices.to('rich').filter(({ content }) => 'to_device' in content);
    expect(new Set(ids.map(({ transactionId }) => transactionId)).size).toBe(1);
  });

  it('is told whose devices changed', async () => {
    await vi.waitFor(
      async () => expect(await count(`appservice_positions where source = 'device-lists'`)).toBe(1),
      SOON,
    );
    await test.database.query(
      `insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
       select $1, $2, room_shard, room_nid, 'join', $1, '$e', 1 from appservice_members limit 1`,
      [ALICE, ROOM],
    );
    await test.database.query(
      `insert into device_list_changes (user_id, seen_by, position)
       values ($1, '', 1), ('@stranger:one.example', '', 2), ($2, '', 3), ($1, $2, 4)`,
      [ALICE, GHOST],
    );
    await test.database.query('update device_list_position set position = 4');
    await vi.waitFor(() => {
      const told = harness.appservices.to('rich').flatMap(({ content }) => content['device_lists'] ?? []);
      expect(told).toEqual([{ changed: [ALICE, GHOST], left: [] }]);
    }, SOON);
  });
});

async function sayPresence(userId: string, presence: string): Promise<void> {
  const value = { userId, presence, statusMsg: '', lastActiveAt: Date.now(), isSet: false };
  await harness.topics.producer.send(PRESENCE_EVENTS, 0, [{ key: userId, value }]);
}

async function addDevice(userId: string, deviceId: string): Promise<void> {
  await new PostgresUsers(test.database).addUser({ userId, passwordHash: 'hash' });
  const tokenHash = Buffer.from(`${userId} ${deviceId}`);
  await new PostgresSessions(test.database).openSession({ userId, deviceId, deviceDisplayName: undefined, tokenHash });
}

async function sendToDevice(transactionId: string, message: string): Promise<void> {
  await new PostgresUserStreams(test.database).transact([GHOST], ({ toDevice }) =>
    toDevice.storeMessages([{ userId: GHOST, deviceId: 'D', message }], { sender: ALICE, transactionId }),
  );
}

describe('a registration', () => {
  it('that comes later finds users who are in rooms already, and loses those of whom it says nothing any more', async () => {
    const rooms = new FakeRooms(ROOM_SHARDS);
    rooms.append({ roomId: ROOM, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
    rooms.append({
      roomId: ROOM,
      type: 'm.room.member',
      sender: GHOST,
      stateKey: GHOST,
      content: { membership: 'join' },
    });
    harness = await start({ rooms });
    const place = await rooms.findRoom(ROOM);
    await test.database.query(
      `insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
       values ($1, $2, $3, $4, 'join', $1, '$e', 2)`,
      [GHOST, ROOM, place?.shard, place?.roomNid],
    );
    harness.registry.set(IRC);
    await vi.waitFor(async () => expect(await count('appservice_members')).toBe(1), SOON);
    await harness.say(ROOM, ALICE, 'hello');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['hello']), SOON);
    const others = [{ regex: '@_xmpp_.*', isExclusive: true }];
    harness.registry.set(
      buildAppservice({ id: 'irc', settings: { url, namespaces: { users: others, aliases: [], rooms: [] } } }),
    );
    await vi.waitFor(async () => expect(await count('appservice_members')).toBe(0), SOON);
    expect(harness.observer.failures).toEqual([]);
  });
});

describe('a busy hosted server', () => {
  it('whose application services are slow delays no other hosted server', async () => {
    const slots = new FairSlots({ slots: 4, countedMs: 60_000 }, realClock);
    harness = await start({ ports: { slots } });
    const rooms = [{ regex: ROOM, isExclusive: false }];
    const settings = { url, namespaces: { users: [], aliases: [], rooms } };
    const slow = Array.from({ length: 10 }, (_, index) => `slow${index}`);
    const { promise: slowly, resolve: end } = Promise.withResolvers<typeof TAKEN>();
    for (const id of slow) harness.appservices.behaviours.set(id, () => slowly);
    harness.registry.set(...slow.map((id) => buildAppservice({ id, servers: ['one.example'], settings })));
    await makeRoom('@bob:two.example');
    await vi.waitFor(() => expect(slots.size).toEqual({ inside: 3, waiting: 7 }), SOON);
    const other = buildAppservice({ id: 'other', servers: ['two.example'], settings });
    harness.registry.set(...harness.registry.all(), other);
    await vi.waitFor(async () => {
      await harness.say(ROOM, ALICE, 'hello');
      expect(saidBy('other')).toContain('hello');
    }, SOON);
    expect(slots.size).toEqual({ inside: 3, waiting: 7 });
    end(TAKEN);
    for (const id of slow) await vi.waitFor(() => expect(saidBy(id)).toContain('hello'), SOON);
  });
});

describe('replicas', () => {
  it('have one owner of each queue, and wake it wherever it is', async () => {
    const endpoints = new Map();
    harness = await start({ endpoints, address: 'first' });
    const { rooms, broker, appservices, registry } = harness;
    registry.set(IRC, RICH, buildAppservice({ id: 'third', settings: { ...IRC.settings } }));
    const other = await start({ rooms, broker, appservices, registry, endpoints, address: 'second' });
    await vi.waitFor(() => expect([harness.delivery.shards.size, other.delivery.shards.size]).toEqual([4, 4]), SOON);
    await makeRoom(GHOST);
    const said = Array.from({ length: 40 }, (_, index) => `${index}`);
    for (const body of said) await harness.say(ROOM, ALICE, body);
    for (const id of ['irc', 'rich', 'third']) {
      await vi.waitFor(() => expect(saidBy(id)).toEqual(['join', ...said]), SOON);
    }
    expect(appservices.mostInFlight).toBe(1);
  });

  it('repeat what one that died had under way, byte for byte, and leave nothing out', async () => {
    harness = await start({ address: 'first' });
    const { rooms, broker, appservices, registry } = harness;
    registry.set(IRC);
    await makeRoom(GHOST);
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join']), SOON);
    const { promise: never } = Promise.withResolvers<typeof TAKEN>();
    appservices.behaviours.set('irc', () => never);
    await harness.say(ROOM, ALICE, '1');
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', '1']), SOON);
    for (const body of ['2', '3']) await harness.say(ROOM, ALICE, body);
    await kill(harness);
    appservices.behaviours.delete('irc');
    rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body: '4' } });
    await start({ rooms, broker, appservices, registry, address: 'second' });
    await vi.waitFor(() => expect(saidBy('irc')).toEqual(['join', '1', '1', '2', '3', '4']), SOON);
    const [, first, second] = appservices.to('irc');
    expect(second).toEqual(first);
  });
});
