import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { SigningKey } from '@plexus/matrix-base';
import { addSignatures, findRoomVersion, parseRoomEvent, POLICY_KEY_ID } from '@plexus/room-dag';
import type { RoomRecord, StoredEvent } from '@plexus/storage';
import type { FederationPduRecord } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage, buildSend, buildState } from '../../test-support/commands.ts';
import type { RoomWish } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { RemoteEvent } from '../../test-support/remote-server.ts';
import { readState, RemoteServer } from '../../test-support/remote-server.ts';
import { ScriptedPolicyServer } from '../../test-support/scripted-policy-server.ts';

const RHEA = '@rhea:remote.example';
const SILENT = { outcome: 'unavailable', isTemporary: true, because: 'nobody is at home' } as const;
const SPAM = {
  outcome: 'refused',
  errcode: 'M_FORBIDDEN',
  httpStatus: 400,
  error: 'looks like spam',
  retryAfterMs: undefined,
} as const;

let test: TestDatabase;
let policy: ScriptedPolicyServer;
let harness: PersisterHarness;
let remote: RemoteServer;
beforeEach(async () => {
  test = await createTestDatabase();
  policy = new ScriptedPolicyServer('remote.example');
  harness = await startPersister(test, { ports: { policy } });
  remote = new RemoteServer(harness);
});
afterEach(async () => {
  await harness.stop();
  await test.drop();
});

async function createRoom(wish: Partial<RoomWish> = {}): Promise<string> {
  const { roomId, command } = buildCreateRoom({ creator: ALICE, ...wish }, harness.servers);
  await harness.store(command);
  return roomId;
}

/** A room that has chosen the policy server, which is in it. */
async function protectedRoom(wish: Partial<RoomWish> = {}): Promise<string> {
  const roomId = await createRoom(wish);
  await remote.send(roomId, { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } });
  await choose(roomId, policy.content);
  return roomId;
}

function choose(roomId: string, content: JsonObject): Promise<string[]> {
  return harness.store(buildSend(roomId, buildState('m.room.policy', '', ALICE, content)));
}

async function roomOf(roomId: string): Promise<RoomRecord> {
  const room = await harness.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('no such room');
  return room;
}

async function eventOf(roomId: string, eventId: string | undefined): Promise<StoredEvent | undefined> {
  const { shard, roomNid } = await roomOf(roomId);
  return (await harness.rooms.findEventsById(shard, roomNid, [eventId ?? ''])).get(eventId ?? '');
}

describe('events of hosted users', () => {
  it('are signed by the policy server that the room has chosen, before they are stored', async () => {
    const roomId = await protectedRoom();
    expect(policy.asked).toEqual([]);
    const [said] = await harness.store(buildMessage(roomId, ALICE, 'hello'));
    const [joined] = await harness.store(buildMembership(roomId, { sender: CAROL, membership: 'join' }));
    const [other] = await harness.store(buildSend(roomId, buildState('m.room.policy', 'other', ALICE, {})));
    expect(policy.asked.map(({ origin, event: { eventId } }) => [origin, eventId])).toEqual([
      ['one.example', said],
      ['one.example', joined],
      ['one.example', other],
    ]);
    const stored = await eventOf(roomId, said);
    expect(policy.hasSigned(stored?.json)).toBe(true);
    expect(JSON.parse(stored?.json.toString() ?? '').signatures).toHaveProperty(['one.example']);
    expect(policy.asked[0]?.bytes.toString()).not.toContain(POLICY_KEY_ID);
  });

  it('need no policy server that has no users in the room, or none that is named as it should be', async () => {
    const roomId = await createRoom();
    await choose(roomId, policy.content);
    await harness.store(buildMessage(roomId, ALICE, 'nobody is asked'));
    await remote.send(roomId, { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } });
    policy.asked.length = 0;
    await choose(roomId, { ...policy.content, public_keys: {} });
    await harness.store(buildMessage(roomId, ALICE, 'still nobody'));
    expect(policy.asked).toEqual([]);
  });

  it('are refused in the words of the policy server, and nothing of them stays', async () => {
    const roomId = await protectedRoom();
    policy.answer = { ...SPAM, httpStatus: 429, errcode: 'M_LIMIT_EXCEEDED', retryAfterMs: 5_000 };
    expect(await harness.execute(buildMessage(roomId, ALICE, 'buy this'))).toEqual({
      $case: 'refused',
      value: {
        errcode: 'M_LIMIT_EXCEEDED',
        httpStatus: 429,
        error: 'looks like spam',
        rule: 'policy.refused',
        retryAfterMs: 5_000,
      },
    });
    policy.answer = undefined;
    const before = await roomOf(roomId);
    const [said] = await harness.store(buildMessage(roomId, ALICE, 'hello'));
    const { prev_events: prevEvents } = JSON.parse((await eventOf(roomId, said))?.json.toString() ?? '');
    const [extremity] = (await harness.rooms.findEvents(before.shard, before.forwardExtremities)).values();
    expect(prevEvents).toEqual([extremity?.eventId]);
  });

  it('are refused as long as the policy server gives no answer, which the room can be freed of', async () => {
    const roomId = await protectedRoom();
    policy.answer = SILENT;
    expect(await harness.execute(buildMessage(roomId, ALICE, 'hello'))).toMatchObject({
      $case: 'refused',
      value: { httpStatus: 502, errcode: 'M_UNKNOWN', rule: 'policy.unavailable' },
    });
    policy.answer = { ...SILENT, isTemporary: false };
    expect(await harness.execute(buildMessage(roomId, ALICE, 'hello'))).toMatchObject({
      $case: 'refused',
      value: { httpStatus: 403, errcode: 'M_FORBIDDEN' },
    });
    await choose(roomId, {});
    await harness.store(buildMessage(roomId, ALICE, 'free again'));
  });

  it('are not asked about where the rules do not allow them, or nobody is to hear them', async () => {
    const roomId = await protectedRoom();
    const intruder = await harness.execute(buildMessage(roomId, CAROL, 'I am not in here'));
    expect(intruder).toMatchObject({ $case: 'refused', value: { httpStatus: 403 } });
    policy.answer = SPAM;
    const discarded = await harness.execute({ ...buildMessage(roomId, ALICE, 'unheard'), discard: true });
    expect(discarded.$case).toBe('stored');
    expect(policy.asked).toEqual([]);
  });

  it('hold up their own room alone while the policy server thinks', async () => {
    const [roomId, other] = [await protectedRoom(), await createRoom()];
    const release = policy.hold();
    const first = harness.store(buildMessage(roomId, ALICE, 'one'));
    const second = harness.store(buildMessage(roomId, ALICE, 'two'));
    await vi.waitFor(() => expect(policy.asked).toHaveLength(1));
    await harness.store(buildMessage(other, ALICE, 'meanwhile'));
    release();
    const [[one], [two]] = await Promise.all([first, second]);
    expect(JSON.parse((await eventOf(roomId, two))?.json.toString() ?? '').prev_events).toEqual([one]);
    expect(policy.asked.map(({ event: { eventId } }) => eventId)).toEqual([one, two]);
  });

  it.each(['1', '10', '12'] as const)('of a new room of version %s may have one from the start', async (version) => {
    policy = new ScriptedPolicyServer('one.example');
    await harness.stop();
    harness = await startPersister(test, { ports: { policy } });
    const names = ['Tea', 'and', 'biscuits'];
    const events = [
      buildState('m.room.policy', '', ALICE, policy.content),
      ...names.map((name) => buildState('m.room.name', name, ALICE, { name })),
    ];
    const roomId = await createRoom({ version, events });
    const room = await roomOf(roomId);
    const stored = await readState(harness.rooms, room, {
      root: room.currentRoot,
      keys: names.map((stateKey) => ({ type: 'm.room.name', stateKey })),
    });
    expect(stored.map((event) => policy.hasSigned(event?.json))).toEqual([true, true, true]);
    expect(policy.asked.map(({ event }) => event.stateKey)).toEqual(names);
  });
});

const say = (body: string): RemoteEvent => ({ type: 'm.room.message', sender: RHEA, content: { body } });

function withSignature(record: FederationPduRecord, key = policy.key): FederationPduRecord {
  const rules = findRoomVersion(record.roomVersion);
  if (rules === undefined) throw new Error('the version is known');
  const event = parseRoomEvent(record.json, record.eventId, rules);
  const signer = new ScriptedPolicyServer(policy.serverName);
  signer.key = key;
  const { bytes } = addSignatures(event, { [policy.serverName]: { [POLICY_KEY_ID]: signer.sign(event) } });
  return { ...record, json: bytes };
}

describe('events of other servers', () => {
  it('are not asked about where they bring the signature', async () => {
    const roomId = await protectedRoom();
    const record = withSignature(await remote.build(roomId, say('hello')));
    await remote.deliver([record]);
    expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
    expect(policy.asked).toEqual([]);
  });

  it('get the signature that they lack, or that is by a key that the room has replaced', async () => {
    const roomId = await protectedRoom();
    const unsigned = await remote.build(roomId, say('unsigned'));
    await remote.deliver([unsigned]);
    const old = withSignature(
      await remote.build(roomId, say('old')),
      new SigningKey(POLICY_KEY_ID, Buffer.alloc(32, 8)),
    );
    await remote.deliver([old]);
    expect(policy.asked.map(({ origin, event: { eventId } }) => [origin, eventId])).toEqual([
      ['one.example', unsigned.eventId],
      ['one.example', old.eventId],
    ]);
    const stored = await Promise.all([unsigned, old].map(({ eventId }) => eventOf(roomId, eventId)));
    expect(stored.map((event) => [event?.status, policy.hasSigned(event?.json)])).toEqual([
      ['accepted', true],
      ['accepted', true],
    ]);
  });

  it.each([
    ['refused', SPAM],
    ['unavailable', SILENT],
  ])('are soft-failed where the policy server’s answer is %s', async (outcome, answer) => {
    const roomId = await protectedRoom();
    policy.answer = answer;
    const eventId = await remote.send(roomId, say('buy this'));
    expect(harness.observer.receipts.at(-1)?.received).toEqual({
      outcome: 'stored',
      status: 'soft-failed',
      rule: `policy.${outcome}`,
    });
    const room = await roomOf(roomId);
    const extremities = await harness.rooms.findEvents(room.shard, room.forwardExtremities);
    expect([...extremities.values()].map((event) => event.eventId)).not.toContain(eventId);
  });

  it('are out of the current state where they are refused, and in it once an accepted event follows them', async () => {
    const roomId = await protectedRoom({ powerLevels: { users: { [ALICE]: 100, [RHEA]: 50 } } });
    const topicOf = async (): Promise<string | undefined> => {
      const room = await roomOf(roomId);
      const key = { type: 'm.room.topic', stateKey: '' };
      const [topic] = await readState(harness.rooms, room, { root: room.currentRoot, keys: [key] });
      return topic?.eventId;
    };
    policy.answer = SPAM;
    const refused = await remote.send(roomId, {
      type: 'm.room.topic',
      sender: RHEA,
      stateKey: '',
      content: { topic: 'buy this' },
    });
    expect((await eventOf(roomId, refused))?.status).toBe('soft-failed');
    expect(await topicOf()).toBeUndefined();
    policy.answer = undefined;
    const after = await remote.send(roomId, { ...say('I took it'), prevEvents: [refused] });
    expect((await eventOf(roomId, after))?.status).toBe('accepted');
    expect(await topicOf()).toBe(refused);
    const room = await roomOf(roomId);
    const ends = await harness.rooms.findEvents(room.shard, room.forwardExtremities);
    expect([...ends.values()].map((event) => event.eventId)).toEqual([after]);
  });

  it('wait in rows while the policy server thinks: their shard’s offset moves on', async () => {
    const roomId = await protectedRoom();
    const other = await createRoom();
    const { shard } = await roomOf(roomId);
    const first = await remote.build(roomId, say('one'));
    const { auth_events: authEvents, depth } = JSON.parse(first.json.toString());
    const after = { prevEvents: [first.eventId], authEvents, depth: depth + 1 };
    const second = await remote.build(roomId, { ...say('two'), ...after });
    const release = policy.hold();
    await remote.append(first);
    await remote.append(second);
    await vi.waitFor(() => expect(policy.asked).toHaveLength(1));
    await harness.store(buildMessage(other, ALICE, 'meanwhile'));
    await vi.waitFor(async () => {
      const { rows } = await test.database.query<{ inbound_offset: number }>(
        'select inbound_offset from room_shards where shard = $1',
        [shard],
      );
      expect(rows[0]?.inbound_offset).toBe(3);
    });
    release();
    await harness.observer.received(3);
    const outcomes = harness.observer.receipts.map(({ record, received }) => [record.eventId, received.outcome]);
    expect(outcomes.slice(1)).toEqual([
      [first.eventId, 'stored'],
      [second.eventId, 'stored'],
    ]);
  });
});
