import { afterAll, afterEach, beforeAll, describe, beforeEach, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import { FairSlots } from '@plexus/service-shell';
import type { RoomLogRow } from '@plexus/storage';
import type { FakeRooms } from '@plexus/testing';
import { FEDERATION_OUTBOUND, PRESENCE_EVENTS, ROOM_EPHEMERAL, ROOM_EVENTS } from '@plexus/topics';
import type { PresenceRecord } from '@plexus/topics';
import type { HarnessOptions, OutboundHarness } from '../test-support/outbound-harness.ts';
import { FAILED, realClock, startOutbound, TAKEN } from '../test-support/outbound-harness.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:two.example';
const RITA = '@rita:remote.example';
const ROOM = '!room:one.example';

let test: TestDatabase;
let harness: OutboundHarness;
const started: OutboundHarness[] = [];

const TABLES =
  'outbound_positions, destination_shards, destinations, destination_rooms, outgoing_transactions, outgoing_edus, outbound_device_lists, device_list_changes';

beforeAll(async () => {
  test = await createTestDatabase();
});
afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
  await test.database.query(`truncate ${TABLES}`);
});
afterAll(() => test.drop());

function start(options: HarnessOptions = {}): OutboundHarness {
  const made = startOutbound(test, options);
  started.push(made);
  return made;
}

/** A replica that dies: nothing that it began is stored or sent by it from now on. */
async function kill(killed: OutboundHarness): Promise<void> {
  await killed.topics.close();
}

async function makeRoom(...others: string[]): Promise<void> {
  await harness.append({ roomId: ROOM, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
  for (const userId of [ALICE, BOB, ...others]) await harness.join(ROOM, userId);
}

/** What alice, or somebody else, makes of a user's membership, over the one before. */
function membership(stateKey: string, value: string, before?: string, sender = ALICE): Promise<RoomLogRow> {
  const authEvents = before === undefined ? [] : [before];
  return harness.append({
    roomId: ROOM,
    type: 'm.room.member',
    sender,
    stateKey,
    content: { membership: value },
    authEvents,
  });
}

/** Everything that there is in the log was written for queues. */
async function distributedTo({ rows, generation }: FakeRooms): Promise<void> {
  for (const [shard, log] of rows.entries())
    await test.database.query(
      `insert into outbound_positions (room_shard, generation, position) values ($1, $2, $3)
       on conflict (room_shard) do update set position = excluded.position`,
      [shard, generation, log.length],
    );
}

async function count(table: string): Promise<number> {
  const { rows } = await test.database.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? -1;
}

describe('events of hosted users', () => {
  beforeEach(() => {
    harness = start();
  });

  it('go in order to the servers that were in the room before them, under the name of their sender’s server', async () => {
    await makeRoom(RITA);
    for (let index = 0; index < 120; index += 1) await harness.say(ROOM, index % 2 === 0 ? ALICE : BOB, `${index}`);
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toHaveLength(120));
    const got = harness.destinations.transactionsTo('remote.example');
    const from = (origin: string): unknown[] =>
      got.filter((each) => each.origin === origin).flatMap(({ pdus }) => pdus.map(({ content }) => content['body']));
    expect(from('one.example')).toEqual(Array.from({ length: 60 }, (_, index) => `${2 * index}`));
    expect(from('two.example')).toEqual(Array.from({ length: 60 }, (_, index) => `${2 * index + 1}`));
    expect(Math.max(...got.map(({ pdus }) => pdus.length))).toBeLessThanOrEqual(50);
    expect(harness.destinations.mostInFlight).toBe(1);
    expect(harness.destinations.got.filter(({ destination }) => destination.endsWith('one.example'))).toEqual([]);
    await vi.waitFor(async () => expect(await count('outgoing_transactions')).toBe(0));
  });

  it('do not go where nobody is any more, or ever was', async () => {
    await makeRoom(RITA);
    await harness.leave(ROOM, RITA);
    await harness.say(ROOM, ALICE, 'among us');
    await harness.say('!other:one.example', ALICE, 'alone');
    await membership('@stranger:late.example', 'ban');
    await harness.join(ROOM, '@late:late.example');
    await harness.say(ROOM, ALICE, 'hello');
    await vi.waitFor(() => expect(harness.destinations.said('late.example')).toEqual(['hello']));
    expect(harness.destinations.said('remote.example')).toEqual([]);
  });

  it.each(['leave', 'ban'])('that end an invite or a knock by a %s go to whose it was', async (end) => {
    await makeRoom();
    const invited = '@invited:elsewhere.example';
    const invite = await membership(invited, 'invite');
    await membership(invited, end, invite.event?.eventId);
    const knocking = '@knocking:late.example';
    const knock = await membership(knocking, 'knock', undefined, knocking);
    await membership(knocking, end, knock.event?.eventId);
    await vi.waitFor(() => expect(harness.destinations.said('late.example')).toEqual([end]));
    await vi.waitFor(() => expect(harness.destinations.said('elsewhere.example')).toEqual([end]));
  });

  it('all go out where thousands come at once', async () => {
    await makeRoom(RITA);
    const rows = Array.from({ length: 3_000 }, (_, index) => `${index}`);
    for (const body of rows) {
      harness.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body } });
    }
    await harness.say(ROOM, ALICE, 'last');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example').at(-1)).toBe('last'), 20_000);
    expect(harness.destinations.said('remote.example')).toEqual([...rows, 'last']);
  });

  it('of other servers are not sent on', async () => {
    await makeRoom(RITA, '@other:other.example');
    await harness.say(ROOM, RITA, 'from outside');
    await harness.say(ROOM, ALICE, 'from here');
    await vi.waitFor(() => expect(harness.destinations.said('other.example')).toEqual(['from here']));
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['from here']));
  });

  it('are found in Postgres where their records are lost', async () => {
    await makeRoom(RITA);
    harness.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body: 'lost' } });
    await harness.say(ROOM, ALICE, 'not lost');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['lost', 'not lost']));
    harness.rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body: 'last' } });
    await vi.waitFor(() => expect(harness.destinations.said('remote.example').at(-1)).toBe('last'), 5_000);
  });
});

describe('events in records that are deleted before they are read', () => {
  it('are chosen again from the log, and go out before what follows them', async () => {
    harness = start();
    await makeRoom(RITA, '@other:other.example');
    await harness.say(ROOM, ALICE, 'before');
    for (const name of ['remote.example', 'other.example'])
      await vi.waitFor(() => expect(harness.destinations.said(name)).toEqual(['before']));
    await vi.waitFor(
      async () => expect(await count("destination_shards where seen <> '{}'")).toBeGreaterThan(0),
      5_000,
    );
    await kill(harness);
    const { rooms, broker, destinations } = harness;
    const lost = Array.from({ length: 30 }, (_, index) => `lost ${index}`);
    for (const body of lost) rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body } });
    await distributedTo(rooms);
    broker.remake(FEDERATION_OUTBOUND.name);
    harness = start({ rooms, broker, destinations, settings: { address: 'second' } });
    await harness.say(ROOM, ALICE, 'after');
    for (const name of ['remote.example', 'other.example'])
      await vi.waitFor(() => expect(destinations.said(name)).toEqual(['before', ...lost, 'after']), 10_000);
  });

  it('are not chosen again where they have been read', async () => {
    harness = start();
    await makeRoom(RITA);
    await harness.say(ROOM, ALICE, 'before');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['before']));
    harness.broker.remake(FEDERATION_OUTBOUND.name);
    await harness.say(ROOM, ALICE, 'after');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['before', 'after']), 10_000);
    await vi.waitFor(async () => {
      const { rows } = await test.database.query('select distinct incarnation from destination_shards');
      expect(rows).toEqual([{ incarnation: harness.broker.edges(FEDERATION_OUTBOUND.name, 0).incarnation }]);
    }, 5_000);
  });
});

describe('a destination that is away', () => {
  it('gets the newest event of each room first when it comes back, then what is new', async () => {
    harness = start({ settings: { backOff: { firstMs: 300, multiplier: 2, longestMs: 300 } } });
    await makeRoom(RITA, '@other:other.example');
    const second = '!second:one.example';
    await harness.append({ roomId: second, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
    await harness.join(second, ALICE);
    await harness.join(second, RITA);
    harness.destinations.behaviours.set('remote.example', () => FAILED);
    await harness.say(ROOM, ALICE, '1');
    await vi.waitFor(() => expect(harness.observer.intervals).toHaveLength(1));
    for (const body of ['2', '3']) await harness.say(ROOM, ALICE, body);
    await harness.say(second, ALICE, 'second');
    await vi.waitFor(() => expect(harness.destinations.said('other.example')).toEqual(['1', '2', '3']));
    await vi.waitFor(async () => expect(await count('destination_rooms')).toBe(2));
    const before = harness.destinations.got.length;
    harness.destinations.behaviours.delete('remote.example');
    await vi.waitFor(
      () => expect(harness.destinations.said('remote.example').slice(-2).sort()).toEqual(['3', 'second']),
      5_000,
    );
    expect(harness.destinations.got.slice(before).map(({ pdus }) => pdus.length)).toContain(2);
    await vi.waitFor(async () => expect(await count('destination_rooms')).toBe(0));
    await harness.say(ROOM, ALICE, '4');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example').at(-1)).toBe('4'), 5_000);
  });

  it('is tried at once when it shows a sign of life', async () => {
    harness = start();
    await makeRoom(RITA);
    harness.destinations.behaviours.set('remote.example', () => FAILED);
    await harness.say(ROOM, ALICE, '1');
    await vi.waitFor(async () => expect(await count('destination_rooms')).toBe(1));
    harness.destinations.behaviours.delete('remote.example');
    await harness.wake('one.example', 'remote.example', true);
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['1', '1']));
    await vi.waitFor(async () => {
      const { rows } = await test.database.query('select is_behind, retry_interval_ms, due_at from destinations');
      expect(rows).toEqual([{ is_behind: false, retry_interval_ms: 0, due_at: null }]);
    });
  });

  it('is given the same transaction again for a while', async () => {
    harness = start({ settings: { quickRetries: 3 } });
    await makeRoom(RITA);
    let attempts = 0;
    harness.destinations.behaviours.set('remote.example', () => (++attempts < 3 ? FAILED : TAKEN));
    await harness.say(ROOM, ALICE, '1');
    await vi.waitFor(() => expect(attempts).toBe(3));
    expect(new Set(harness.destinations.got.map(({ body, transactionId }) => body + transactionId)).size).toBe(1);
    expect(harness.observer.intervals).toEqual([]);
  });

  it('that refuses one event gets the others', async () => {
    harness = start();
    await makeRoom(RITA);
    harness.destinations.behaviours.set('remote.example', ({ pdus }) => {
      const isBad = pdus.some(({ content }) => content['body'] === 'bad');
      return isBad ? { outcome: 'refused', because: '413' } : TAKEN;
    });
    await harness.append({
      roomId: '!bad:one.example',
      type: 'm.room.create',
      sender: ALICE,
      stateKey: '',
      content: {},
    });
    for (const userId of [ALICE, RITA]) await harness.join('!bad:one.example', userId);
    await Promise.all([harness.say('!bad:one.example', ALICE, 'bad'), harness.say(ROOM, ALICE, 'good')]);
    await vi.waitFor(() => expect(harness.observer.givenUpBecause).toEqual(['413']));
    await harness.say(ROOM, ALICE, 'after');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example').at(-1)).toBe('after'), 5_000);
    expect(harness.destinations.said('remote.example')).toContain('good');
  });

  it('and never answers delays no other of a thousand', async () => {
    harness = start();
    await makeRoom();
    const names = Array.from({ length: 1_000 }, (_, index) => `s${index}.example`);
    for (const name of names)
      harness.rooms.append({
        roomId: ROOM,
        type: 'm.room.member',
        sender: `@u:${name}`,
        stateKey: `@u:${name}`,
        content: { membership: 'join' },
      });
    const { promise: never, resolve: end } = Promise.withResolvers<typeof TAKEN>();
    harness.destinations.behaviours.set('s7.example', () => never);
    for (const body of ['1', '2', '3']) await harness.say(ROOM, ALICE, body);
    const others = names.filter((name) => name !== 's7.example');
    await vi.waitFor(
      () => {
        const got = Map.groupBy(harness.destinations.got, ({ destination }) => destination);
        for (const name of others) {
          const said = (got.get(name) ?? []).flatMap(({ pdus }) => pdus.map(({ content }) => content['body']));
          expect(said).toEqual(['1', '2', '3']);
        }
      },
      { timeout: 30_000, interval: 100 },
    );
    end(TAKEN);
    await vi.waitFor(() => expect(harness.destinations.said('s7.example')).toEqual(['1', '2', '3']));
  });
});

describe('a busy hosted server', () => {
  it('whose destinations are slow delays no other hosted server', async () => {
    const slots = new FairSlots({ slots: 4, countedMs: 60_000 }, realClock);
    harness = start({ ports: { slots } });
    const { promise: slowly, resolve: end } = Promise.withResolvers<typeof TAKEN>();
    const names = Array.from({ length: 30 }, (_, index) => `slow${index}.example`);
    for (const name of names) harness.destinations.behaviours.set(name, () => slowly);
    await harness.append({ roomId: ROOM, type: 'm.room.create', sender: ALICE, stateKey: '', content: {} });
    for (const userId of [ALICE, ...names.map((name) => `@u:${name}`)]) await harness.join(ROOM, userId);
    const other = '!other:two.example';
    await harness.append({ roomId: other, type: 'm.room.create', sender: BOB, stateKey: '', content: {} });
    for (const userId of [BOB, RITA]) await harness.join(other, userId);
    await harness.say(ROOM, ALICE, 'to many');
    await vi.waitFor(() => expect(slots.size.waiting).toBeGreaterThan(20), 10_000);
    await harness.say(other, BOB, 'to one');
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toEqual(['to one']), 5_000);
    expect(slots.size).toMatchObject({ inside: 3 });
    end(TAKEN);
    await vi.waitFor(() => {
      for (const name of names) expect(harness.destinations.said(name)).toContain('to many');
    }, 10_000);
  });
});

describe('EDUs', () => {
  beforeEach(async () => {
    harness = start();
    await makeRoom(RITA);
  });

  it('that are stored go out once, in their order, also when no hint comes', async () => {
    const edus = Array.from({ length: 130 }, (_, index) => ({
      origin: 'one.example',
      destination: 'remote.example',
      key: `k${index}`,
      edu: `{"content":{"n":${index}},"edu_type":"m.direct_to_device"}`,
    }));
    await harness.edus.storeEdus(edus, 'keep');
    await harness.wake('one.example', 'remote.example', false);
    const numbers = (): unknown[] =>
      harness.destinations.got.flatMap(({ edus: got }) => got.map(({ content }) => content['n']));
    await vi.waitFor(() => expect(numbers()).toEqual(Array.from({ length: 130 }, (_, index) => index)));
    expect(Math.max(...harness.destinations.got.map(({ edus: got }) => got.length))).toBe(100);
    await vi.waitFor(async () => expect(await count('outgoing_edus')).toBe(0));
  });

  it('that are stored survive an outage, and receipts do, together; typing does not', async () => {
    harness.destinations.behaviours.set('remote.example', () => FAILED);
    await harness.edus.storeEdus(
      [
        {
          origin: 'one.example',
          destination: 'remote.example',
          key: 'a',
          edu: '{"content":{},"edu_type":"m.direct_to_device"}',
        },
      ],
      'keep',
    );
    await harness.wake('one.example', 'remote.example', false);
    await vi.waitFor(() => expect(harness.observer.intervals).toHaveLength(1));
    const anna = '@anna:one.example';
    for (const userId of [ALICE, anna, ALICE]) {
      const row = harness.rooms.appendReceipts(ROOM, userId, [{ setAt: harness.rooms.rows.flat().length }]);
      await harness.topics.producer.send(ROOM_EVENTS, row.shard, [{ key: ROOM, value: harness.rooms.recordOf(row) }]);
    }
    const typing = { userId: ALICE, timeoutMs: 30_000 };
    const value = { roomId: ROOM, content: { $case: 'typing' as const, value: typing } };
    await harness.topics.producer.send(ROOM_EPHEMERAL, 0, [{ key: ROOM, value }]);
    await harness.say(ROOM, ALICE, 'after');
    await vi.waitFor(async () => expect(await count('destination_rooms')).toBe(1));
    harness.destinations.behaviours.delete('remote.example');
    await harness.wake('one.example', 'remote.example', true);
    await vi.waitFor(async () => expect(await count('outgoing_edus')).toBe(0));
    const receipts = (): unknown[] =>
      harness.destinations.got.flatMap(({ edus }) => edus.filter(({ edu_type: type }) => type === 'm.receipt'));
    await vi.waitFor(() => expect(receipts()).toHaveLength(1));
    for (const userId of [ALICE, anna]) expect(JSON.stringify(receipts())).toContain(userId);
    const types = harness.destinations.got.flatMap(({ edus }) => edus.map(({ edu_type: type }) => type));
    expect(new Set(types)).toEqual(new Set(['m.direct_to_device', 'm.receipt']));
  });
});

async function sayPresence(value: PresenceRecord): Promise<void> {
  await harness.topics.producer.send(PRESENCE_EVENTS, 0, [{ key: value.userId, value }]);
}

function pushed(): unknown[] {
  return harness.destinations.got.flatMap(({ edus }) => edus.map(({ content }) => content));
}

describe('what concerns people', () => {
  beforeEach(async () => {
    harness = start();
    await makeRoom(RITA);
  });

  it('is told of presence when it changes', async () => {
    const record = { userId: ALICE, presence: 'online', statusMsg: 'hi', lastActiveAt: Date.now(), isSet: false };
    await sayPresence({ ...record, userId: RITA });
    await sayPresence(record);
    await sayPresence(record);
    await sayPresence({ ...record, presence: 'unavailable' });
    const unavailable = { user_id: ALICE, presence: 'unavailable', status_msg: 'hi', currently_active: false };
    await vi.waitFor(() => {
      expect(pushed().at(-1)).toEqual({ push: [{ ...unavailable, last_active_ago: expect.any(Number) }] });
    });
    expect(pushed().length).toBeLessThanOrEqual(2);
  });

  it('is told of device lists that changed, and has to ask for them anew', async () => {
    await vi.waitFor(async () => expect(await count('outbound_device_lists')).toBe(1), 5_000);
    await test.database.query(
      `insert into device_list_changes (user_id, seen_by, position) values ($1, '', 7), ($2, '', 8), ($1, $2, 9)`,
      [ALICE, RITA],
    );
    await test.database.query('update device_list_position set position = 9');
    const content = { user_id: ALICE, stream_id: 7, prev_id: [2 ** 52 + 7], device_id: 'NONE', deleted: true };
    await vi.waitFor(() => {
      const edus = harness.destinations.transactionsTo('remote.example').flatMap((got) => got.edus);
      expect(edus).toEqual([{ edu_type: 'm.device_list_update', content }]);
    }, 5_000);
    await vi.waitFor(async () => expect(await count('outgoing_edus')).toBe(0));
  });
});

/** Which users' lists a server was told of. */
function toldTo(serverName: string): unknown[] {
  const edus = harness.destinations.transactionsTo(serverName).flatMap((got) => got.edus);
  return edus.filter(({ edu_type: type }) => type === 'm.device_list_update').map(({ content }) => content['user_id']);
}

async function hasDevices(...userIds: string[]): Promise<void> {
  await vi.waitFor(async () => expect(await count('outbound_device_lists')).toBe(1), 5_000);
  for (const [index, userId] of userIds.entries()) {
    await test.database.query('insert into device_list_changes (user_id, seen_by, position) values ($1, $2, $3)', [
      userId,
      '',
      index + 1,
    ]);
  }
}

/** All that there is in the log was gone through, and that is stored. */
async function goneThrough(): Promise<void> {
  await vi.waitFor(async () => {
    for (const [shard, { length }] of harness.rooms.rows.entries()) {
      const text = 'select position::int from outbound_positions where room_shard = $1';
      const { rows } = await test.database.query<{ position: number }>(text, [shard]);
      expect(rows[0]?.position ?? 0).toBe(length);
    }
  }, 10_000);
}

describe('a hosted user who comes to servers that knew nothing of their devices', () => {
  const OTHER_ROOM = '!other:one.example';
  const SASHA = '@sasha:sidekick.example';
  /** Of the other room sasha is in before alice. */
  async function makeOtherRoom(): Promise<void> {
    await harness.append({ roomId: OTHER_ROOM, type: 'm.room.create', sender: BOB, stateKey: '', content: {} });
    for (const userId of [BOB, SASHA, RITA]) await harness.join(OTHER_ROOM, userId);
  }

  beforeEach(async () => {
    harness = start();
    await hasDevices(ALICE);
    await makeRoom(RITA);
    await harness.say(ROOM, ALICE, 'first');
    await goneThrough();
  });

  it('has those told that share nothing else with the user, and once', async () => {
    await makeOtherRoom();
    const { event } = await harness.join(OTHER_ROOM, ALICE);
    await vi.waitFor(() => expect(toldTo('sidekick.example')).toEqual([ALICE]));
    await harness.append({
      roomId: OTHER_ROOM,
      type: 'm.room.member',
      sender: ALICE,
      stateKey: ALICE,
      content: { membership: 'join', displayname: 'Alice' },
      authEvents: [event?.eventId ?? ''],
    });
    await harness.say(OTHER_ROOM, ALICE, 'last');
    await vi.waitFor(() => expect(harness.destinations.said('sidekick.example')).toContain('last'));
    await goneThrough();
    await vi.waitFor(async () => expect(await count('outgoing_edus')).toBe(0));
    expect([toldTo('sidekick.example'), toldTo('remote.example')]).toEqual([[ALICE], []]);
  });

  it('has them told by a successor too, where the sender died before it told them', async () => {
    await kill(harness);
    const { rooms, broker, destinations } = harness;
    rooms.append({ roomId: OTHER_ROOM, type: 'm.room.create', sender: BOB, stateKey: '', content: {} });
    for (const userId of [BOB, SASHA, ALICE]) {
      const content = { membership: 'join' };
      rooms.append({ roomId: OTHER_ROOM, type: 'm.room.member', sender: userId, stateKey: userId, content });
    }
    harness = start({ rooms, broker, destinations, settings: { address: 'second' } });
    await vi.waitFor(() => expect(toldTo('sidekick.example')).toEqual([ALICE]), 10_000);
  });

  it('says nothing of users who never had any devices', async () => {
    await makeOtherRoom();
    await harness.join(OTHER_ROOM, '@anna:one.example');
    await harness.join(OTHER_ROOM, ALICE);
    await vi.waitFor(() => expect(toldTo('sidekick.example')).toEqual([ALICE]));
  });
});

describe('a replica that dies', () => {
  it('before the answer has its transaction repeated, byte for byte, before anything else', async () => {
    harness = start({ settings: { address: 'first' } });
    await makeRoom(RITA);
    const { promise: never } = Promise.withResolvers<typeof TAKEN>();
    harness.destinations.behaviours.set('remote.example', () => never);
    await harness.say(ROOM, ALICE, '1');
    await vi.waitFor(() => expect(harness.destinations.got).toHaveLength(1));
    for (const body of ['2', '3']) await harness.say(ROOM, ALICE, body);
    await kill(harness);
    harness.destinations.behaviours.delete('remote.example');
    const { rooms, broker, destinations } = harness;
    const successor = start({ rooms, broker, destinations, settings: { address: 'second' } });
    await vi.waitFor(() => expect(destinations.said('remote.example').slice(1)).toEqual(['1', '2', '3']), 10_000);
    const [first, second] = destinations.got;
    expect(second).toEqual(first);
    await vi.waitFor(async () => expect(await count('outgoing_transactions')).toBe(0));
    expect(successor.observer.failures).toEqual([]);
  });

  it('leaves nothing out, and repeats nothing that was answered', async () => {
    harness = start({ settings: { address: 'first' } });
    await makeRoom(RITA);
    for (let index = 0; index < 20; index += 1) await harness.say(ROOM, ALICE, `${index}`);
    await vi.waitFor(() => expect(harness.destinations.said('remote.example')).toHaveLength(20));
    await vi.waitFor(async () => expect(await count('outgoing_transactions')).toBe(0));
    await kill(harness);
    const { rooms, broker, destinations } = harness;
    for (let index = 20; index < 40; index += 1) {
      rooms.append({ roomId: ROOM, type: 'm.room.message', sender: ALICE, content: { body: `${index}` } });
    }
    start({ rooms, broker, destinations, settings: { address: 'second' } });
    const all = Array.from({ length: 40 }, (_, index) => `${index}`);
    await vi.waitFor(() => expect(destinations.said('remote.example')).toEqual(all), 10_000);
  });
});
