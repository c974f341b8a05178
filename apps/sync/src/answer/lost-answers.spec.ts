import type { RoomLogRow } from '@plexus/storage';
import { FakeCache } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RoomScript, stateOf, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody, SyncOptions } from '../../test-support/sync-harness.ts';
import { RequestEnd } from '../sessions/request-end.ts';

const [alice, bob] = ['@alice:a.example', '@bob:b.example'] as const;

let harness: SyncHarness;
let room: RoomScript;
let since: string;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  room.member(bob, 'join');
  since = (await harness.sync(alice, { setPresence: 'online' })).next_batch;
});

const joined = (body: SyncBody) => body.rooms?.join?.[room.roomId];

async function bytesOf(options: SyncOptions, of = harness): Promise<string | undefined> {
  await of.sync(alice, options);
  return of.lastBody;
}

/** What was said, and told in an answer that may be lost. */
async function secret(): Promise<RoomLogRow> {
  const row = room.say(bob, 'secret');
  expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['secret']);
  return row;
}

/** Whatever an answer can tell. */
async function tellEverything(text: string): Promise<void> {
  room.say(bob, text);
  room.read(bob);
  harness.parts.typing.start(room.roomId, bob, { now: harness.clock.now(), timeoutMs: 60_000 });
  await harness.sendToDevice(alice, { text });
  await harness.setAccountData(alice, { type: 'm.test', content: { text } });
  await harness.setAccountData(alice, { roomId: room.roomId, type: 'm.test', content: { text } });
}

describe('an answer that a client lost', () => {
  it('is given again unchanged, whatever has come since', async () => {
    await tellEverything('one');
    const first = await bytesOf({ since });
    await tellEverything('two');
    harness.parts.typing.stop(room.roomId, bob, harness.clock.now());
    harness.clock.advance(30_000);
    expect(await bytesOf({ since })).toBe(first);
    expect(harness.lastKind).toBe('repeated');
    expect(await bytesOf({ since, timeout: 30_000, setPresence: 'online' })).toBe(first);
  });

  it('is followed by what has come since', async () => {
    await tellEverything('one');
    const first = await harness.sync(alice, { since });
    await tellEverything('two');
    await harness.sync(alice, { since });
    const next = await harness.sync(alice, { since: first.next_batch });
    expect(textsOf(joined(next))).toEqual(['two']);
    expect(next.to_device?.events.map(({ content }) => content)).toEqual([{ text: 'two' }]);
  });

  it('is given again where its request had waited', async () => {
    const waiting = harness.sync(alice, { since, timeout: 30_000 });
    await Promise.resolve();
    room.say(bob, 'one');
    const first = await waiting;
    room.say(bob, 'two');
    expect(await harness.sync(alice, { since, timeout: 30_000 })).toEqual(first);
  });

  it('is not given to other words, nor to another device', async () => {
    room.say(bob, 'one');
    await harness.sync(alice, { since });
    room.say(bob, 'two');
    const both = ['one', 'two'];
    expect(textsOf(joined(await harness.sync(alice, { since, deviceId: 'OTHER' })))).toEqual(both);
    expect(textsOf(joined(await harness.sync(alice, { since, useStateAfter: true })))).toEqual(both);
    await harness.sync(alice, { since });
    room.say(bob, 'three');
    const filter = { room: { timeline: { limit: 2 } } };
    expect(textsOf(joined(await harness.sync(alice, { since, filter })))).toEqual(['two', 'three']);
    expect(textsOf(joined(await harness.sync(alice, { since, fullState: true })))).toEqual([...both, 'three']);
  });

  it('is forgotten once the device asks for what comes after it', async () => {
    room.say(bob, 'one');
    const first = await harness.sync(alice, { since });
    expect(harness.parts.given.size.answers).toBe(1);
    await harness.sync(alice, { since: first.next_batch });
    expect(harness.parts.given.size).toEqual({ answers: 0, characters: 0 });
  });

  it('is forgotten after a while', async () => {
    room.say(bob, 'one');
    await harness.sync(alice, { since });
    room.say(bob, 'two');
    harness.clock.advance(120_000);
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one', 'two']);
    harness.clock.advance(120_000);
    harness.parts.given.dropOld();
    expect(harness.parts.given.size.answers).toBe(0);
  });

  it('is not kept where it told nothing', async () => {
    await harness.sync(alice, { since });
    room.say(bob, 'one');
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one']);
  });

  it('is not kept where it told nothing that is stored: the tokens of two replicas might follow each other in a circle', async () => {
    harness.parts.typing.start(room.roomId, bob, { now: harness.clock.now(), timeoutMs: 60_000 });
    expect(joined(await harness.sync(alice, { since }))?.ephemeral?.events).toHaveLength(1);
    expect(harness.parts.given.size.answers).toBe(0);
    room.say(bob, 'one');
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one']);
  });

  it('is not what a request got that the device had given up', async () => {
    const end = new RequestEnd();
    const replaced = harness.sync(alice, { since, timeout: 30_000, end });
    await Promise.resolve();
    const waiting = harness.sync(alice, { since, timeout: 30_000 });
    expect((await replaced).rooms).toBeUndefined();
    room.say(bob, 'one');
    expect(textsOf(joined(await waiting))).toEqual(['one']);
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one']);
  });

  it('brings the lazily loaded members that it brought before', async () => {
    const filter = { room: { state: { lazy_load_members: true } } };
    const { next_batch: lazily } = await harness.sync(alice, { filter });
    room.say(bob, 'one');
    const first = await harness.sync(alice, { filter, since: lazily });
    const again = await harness.sync(alice, { filter, since: lazily });
    expect(again).toEqual(first);
    room.say(bob, 'two');
    const next = await harness.sync(alice, { filter, since: again.next_batch });
    expect(stateOf(joined(next))).toEqual([]);
  });
});

describe('an answer of which something was taken away meanwhile', () => {
  it('is not given again after a purge', async () => {
    const row = await secret();
    harness.arrive(harness.rooms.purge(room.roomId, [row]));
    room.say(bob, 'two');
    expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['two']);
    expect(harness.lastKind).toBe('incremental');
  });

  it('is not given again after a redaction, whoever made it', async () => {
    room.redact(bob, await secret());
    const body = await harness.sync(alice, { since });
    expect(joined(body)?.timeline.events).toMatchObject([
      { type: 'm.room.message', content: {} },
      { type: 'm.room.redaction' },
    ]);
    expect(harness.lastBody).not.toContain('secret');
  });

  it('is not given again where its room is gone', async () => {
    const { shard, position } = await secret();
    const record = harness.rooms.recordOf(harness.rooms.purge(room.roomId, []));
    harness.parts.follower.receive({ ...record, roomNid: 0, previousRoot: 0, currentRoot: 0 });
    await harness.sync(alice, { since });
    expect(harness.parts.follower.positions()[shard]).toBe(position + 1);
    expect(harness.lastKind).not.toBe('repeated');
  });

  it('is not given again where it names somebody who is erased', async () => {
    const carol = '@carol:a.example';
    room.member(carol, 'join');
    const { next_batch: token } = await harness.sync(alice);
    await harness.parts.announce.set(carol, 'online', 'secret');
    room.say(bob, 'one');
    await harness.sync(alice, { since: token });
    expect(harness.lastBody).toContain('secret');
    harness.erased.add(carol);
    await harness.sync(alice, { since: token });
    expect(harness.lastKind).toBe('incremental');
  });

  it('is given again where something was taken of other rooms alone', async () => {
    await secret();
    const other = new RoomScript(harness, '!other:a.example');
    other.create(alice);
    harness.arrive(harness.rooms.purge(other.roomId, [other.say(bob, 'one')]));
    await harness.sync(alice, { since });
    expect(harness.lastKind).toBe('repeated');
  });

  it('is given again where it was given after that', async () => {
    harness.arrive(harness.rooms.purge(room.roomId, [room.say(bob, 'zero')]));
    await secret();
    await harness.sync(alice, { since });
    expect(harness.lastKind).toBe('repeated');
  });

  it('is not given to the user of a server that was removed and has come back', async () => {
    await secret();
    harness.servers.remove('a.example');
    harness.servers.now += 1;
    const key = { keyId: 'ed25519:2', seed: Buffer.alloc(32, 2) };
    await harness.servers.addServer({ serverName: 'a.example', settings: {}, origin: 'admin-api', ...key });
    await harness.sync(alice, { since });
    expect(harness.lastKind).toBe('incremental');
  });
});

it('keeps a bounded number of characters, and forgets the oldest answers first', async () => {
  harness = await SyncHarness.started({ settings: { keptAnswers: 3_000 } });
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  const tokens: string[] = [];
  const devices = ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT'];
  for (const deviceId of devices) tokens.push((await harness.sync(alice, { deviceId })).next_batch);
  room.say(bob, 'one');
  for (const [index, deviceId] of devices.entries())
    await harness.sync(alice, { deviceId, since: tokens[index] ?? '' });
  const { answers, characters } = harness.parts.given.size;
  expect(answers).toBeGreaterThan(0);
  expect(characters).toBeLessThanOrEqual(3_000);
  room.say(bob, 'two');
  const [first] = tokens;
  const last = tokens.at(-1) ?? '';
  expect(textsOf(joined(await harness.sync(alice, { deviceId: 'EIGHT', since: last })))).toEqual(['one']);
  expect(textsOf(joined(await harness.sync(alice, { deviceId: 'ONE', since: first ?? '' })))).toEqual(['one', 'two']);
});

it('keeps nothing where it is configured so', async () => {
  harness = await SyncHarness.started({ settings: { keepAnswersMs: 0 } });
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  ({ next_batch: since } = await harness.sync(alice));
  room.say(bob, 'one');
  await harness.sync(alice, { since });
  room.say(bob, 'two');
  expect(textsOf(joined(await harness.sync(alice, { since })))).toEqual(['one', 'two']);
});

describe('two replicas', () => {
  let other: SyncHarness;
  let answers: FakeCache<string>;

  beforeEach(async () => {
    answers = new FakeCache<string>();
    const { rooms, streams } = harness;
    harness = await SyncHarness.started({ rooms, streams, answers, bootId: 8 });
    other = await SyncHarness.started({ rooms, streams, answers, bootId: 9 });
    room = new RoomScript(harness, '!room:a.example');
    since = (await harness.sync(alice)).next_batch;
  });

  function sayAtBoth(text: string): void {
    other.arrive(room.say(bob, text));
  }

  it('give the same answer again, in either order', async () => {
    sayAtBoth('one');
    const first = await bytesOf({ since });
    sayAtBoth('two');
    expect(await bytesOf({ since }, other)).toBe(first);
    expect(await bytesOf({ since }, harness)).toBe(first);
  });

  it('give what another gave for a token of their own', async () => {
    sayAtBoth('one');
    const first = await bytesOf({ since }, other);
    sayAtBoth('two');
    expect(await bytesOf({ since }, harness)).toBe(first);
    const { next_batch: next } = JSON.parse(first ?? '') as SyncBody;
    expect(textsOf(joined(await harness.sync(alice, { since: next })))).toEqual(['two']);
  });

  it('send lazily loaded members again of whom another told', async () => {
    const filter = { room: { state: { lazy_load_members: true } } };
    const { next_batch: lazily } = await harness.sync(alice, { filter });
    sayAtBoth('one');
    const first = await harness.sync(alice, { filter, since: lazily });
    expect(await other.sync(alice, { filter, since: lazily })).toEqual(first);
    sayAtBoth('two');
    const next = await other.sync(alice, { filter, since: first.next_batch });
    expect(stateOf(joined(next))).toEqual(['@bob:b.example join']);
  });

  it('share nothing of a device that stays with one of them', async () => {
    for (const text of ['one', 'two']) {
      sayAtBoth(text);
      const body = await harness.sync(alice, { since });
      expect(textsOf(joined(body))).toEqual([text]);
      since = body.next_batch;
    }
    expect(answers.values.size).toBe(0);
    harness.clock.advance(120_000);
    sayAtBoth('three');
    const first = await bytesOf({ since }, other);
    expect(answers.values.size).toBe(1);
    expect(await bytesOf({ since }, other)).toBe(first);
  });

  it('share what one has given when the device comes to another, and settle its answers for a while', async () => {
    sayAtBoth('one');
    const first = await bytesOf({ since });
    expect(answers.values.size).toBe(0);
    sayAtBoth('two');
    expect(await bytesOf({ since }, other)).toBe(first);
    const { next_batch: next } = JSON.parse(first ?? '') as SyncBody;
    const second = await bytesOf({ since: next });
    expect(answers.values.size).toBe(2);
    sayAtBoth('three');
    expect(await bytesOf({ since: next }, other)).toBe(second);
    const { next_batch: last } = JSON.parse(second ?? '') as SyncBody;
    for (const replica of [harness, other]) replica.clock.advance(120_000);
    for (const replica of [harness, other]) replica.parts.given.dropOld();
    expect(textsOf(joined(await harness.sync(alice, { since: last })))).toEqual(['three']);
    expect(answers.values.size).toBe(2);
  });

  it('ask once for all who are told of one event', async () => {
    const devices = ['ONE', 'TWO', 'THREE'];
    const tokens = await Promise.all(devices.map((deviceId) => other.sync(alice, { deviceId })));
    const asked: number[] = [];
    const getMany = answers.getMany.bind(answers);
    answers.getMany = async (keys, load) => {
      asked.push(keys.length);
      return await getMany(keys, load);
    };
    const waiting = devices.map((deviceId, index) =>
      harness.sync(alice, { deviceId, since: tokens[index]?.next_batch ?? '', timeout: 30_000 }),
    );
    await Promise.resolve();
    harness.clock.advance(50);
    sayAtBoth('one');
    for (const body of await Promise.all(waiting)) expect(textsOf(joined(body))).toEqual(['one']);
    expect(asked).toEqual([3]);
  });

  it('do not give what another gave before something was taken away', async () => {
    const row = room.say(bob, 'secret');
    other.arrive(row);
    await harness.sync(alice, { since });
    await other.sync(alice, { since });
    const purge = harness.rooms.purge(room.roomId, [row]);
    for (const replica of [harness, other]) replica.arrive(purge);
    sayAtBoth('two');
    for (const replica of [other, harness]) {
      expect(textsOf(joined(await replica.sync(alice, { since })))).toEqual(['two']);
    }
  });

  it('do not give what another gave before they began: something may have been taken away in between', async () => {
    const row = room.say(bob, 'secret');
    other.arrive(row);
    await harness.sync(alice, { since });
    await other.sync(alice, { since });
    other.arrive(harness.rooms.purge(room.roomId, [row]));
    const { rooms, streams } = harness;
    const third = await SyncHarness.started({ rooms, streams, answers, bootId: 10 });
    third.arrive(room.say(bob, 'two'));
    expect(textsOf(joined(await third.sync(alice, { since })))).toEqual(['two']);
  });

  it('keep long answers to themselves', async () => {
    sayAtBoth('x'.repeat(70_000));
    const first = await bytesOf({ since }, other);
    expect(answers.values.size).toBe(0);
    sayAtBoth('two');
    expect(await bytesOf({ since }, other)).toBe(first);
  });
});
