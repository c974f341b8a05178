import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FederationPduRecord } from '@plexus/topics';
import { buildMembership, buildMessage } from '../../test-support/commands.ts';
import { JoinedCopy } from '../../test-support/joined-copy.ts';
import type { JoinAnswer } from '../../test-support/joined-copy.ts';
import type { HarnessOptions } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteRoom } from '../../test-support/remote-room.ts';
import type { RemoteEvent } from '../../test-support/remote-server.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';
const MALLORY = '@mallory:remote.example';
const USER = '@user:remote.example';
const MEMBERS = [RHEA, RICK, MALLORY, USER, ALICE].map((stateKey) => ({ type: 'm.room.member', stateKey }));
const TOPIC = { type: 'm.room.topic', stateKey: '' };
const POWER = { type: 'm.room.power_levels', stateKey: '' };

/** Every resolution is made in pieces of some entries, then. */
const TINY = { placesHere: 1, placesAtOnce: 2, entriesAtOnce: 2 };

/** Numbers between 0 and 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** An event that cites nothing yet. */
type Unplaced = Omit<RemoteEvent, 'authEvents'>;

function leave(sender: string, stateKey: string, membership = 'leave'): Unplaced {
  return { type: 'm.room.member', sender, stateKey, content: { membership } };
}

function topic(sender: string, text: string): Unplaced {
  return { type: 'm.room.topic', sender, stateKey: '', content: { topic: text } };
}

function message(sender: string, body: string): Unplaced {
  return { type: 'm.room.message', sender, content: { body, msgtype: 'm.text' } };
}

/** Mallory, who may do much, was banned, which nobody here knows as long as members are missing. */
describe('events that came while members were missing', () => {
  const ended: (() => Promise<void>)[] = [];
  const firstMembership = new Map<string, MadeEvent>();
  let room: RemoteRoom;
  let whole: Omit<JoinAnswer, 'partialAmong'>;
  let partial: JoinAnswer;
  let copy: JoinedCopy;
  let test: TestDatabase;
  let remote: RemoteServer;
  beforeEach(async () => {
    test = await createTestDatabase();
    const harness = await begin(test);
    room = new RemoteRoom({ creator: RHEA });
    const superseded = room.state().filter(({ event }) => event.type === 'm.room.power_levels');
    const users = { [RHEA]: 100, [MALLORY]: 60, [RICK]: 50 };
    room.add({ type: 'm.room.power_levels', sender: RHEA, stateKey: '', content: { users } });
    for (const userId of [RICK, MALLORY, USER]) firstMembership.set(userId, room.member(userId, 'join'));
    room.add({ type: 'm.room.member', sender: RHEA, stateKey: MALLORY, content: { membership: 'ban' } });
    const state = room.state();
    for (const made of state) if (made.event.stateKey === RHEA) firstMembership.set(RHEA, made);
    const key = harness.servers.findSigningKey('one.example');
    if (key === undefined) throw new Error('no key');
    const join = room.member(ALICE, 'join', { serverName: 'one.example', key });
    whole = { join, state, auth: [...superseded, firstMembershipOf(MALLORY)] };
    const needed = state.filter(({ event }) => event.type !== 'm.room.member' || event.stateKey === RHEA);
    firstMembership.set(ALICE, join);
    partial = { join, state: needed, auth: superseded, partialAmong: ['remote.example'] };
    copy = new JoinedCopy(test, harness, room);
    remote = new RemoteServer(harness);
  });
  afterEach(async () => {
    for (const end of ended.splice(0).toReversed()) await end();
  });

  async function begin(database: TestDatabase, options: HarnessOptions = {}) {
    const harness = await startPersister(database, options);
    ended.push(
      () => database.drop(),
      () => harness.stop(),
    );
    return harness;
  }

  /** The first memberships of those who are not the room's creator. */
  function members(): MadeEvent[] {
    return [RICK, MALLORY, USER].map((userId) => firstMembershipOf(userId));
  }

  function firstMembershipOf(userId: string): MadeEvent {
    const found = firstMembership.get(userId);
    if (found === undefined) throw new Error(`${userId} was never in the room`);
    return found;
  }

  function authOf(...types: readonly string[]): string[] {
    return types.map((type) => whole.state.find(({ event }) => event.type === type)?.event.eventId ?? '');
  }

  /** An event that cites the room's first power levels and memberships, whatever came since. */
  function build(event: Unplaced, prevEvents: readonly string[]): FederationPduRecord {
    const { type, sender, stateKey } = event;
    const isMember = type === 'm.room.member';
    const affected = new Set([sender, ...(isMember && stateKey !== undefined ? [stateKey] : [])]);
    const isJoin = isMember && event.content['membership'] === 'join';
    const authEvents = [
      ...authOf('m.room.create', 'm.room.power_levels', ...(isJoin ? ['m.room.join_rules'] : [])),
      ...[...affected].map((userId) => firstMembershipOf(userId).event.eventId),
    ];
    return remote.buildAlone(room.roomId, { ...event, prevEvents, authEvents, depth: 100 });
  }

  it('have the effect that they would have had, state events and messages', async () => {
    await copy.join(partial);
    await copy.give(members());
    const kick = build(leave(MALLORY, RICK), [whole.join.event.eventId]);
    const named = build(topic(RICK, 'ours'), [kick.eventId]);
    const edited = {
      ...message(RICK, 'me too'),
      content: {
        body: 'me too',
        msgtype: 'm.text',
        'm.relates_to': { rel_type: 'm.reference', event_id: kick.eventId },
      },
    };
    const said = build(edited, [named.eventId]);
    const records = [kick, named, said];
    await remote.deliver(records);
    const [mine = ''] = await copy.harness.store(buildMessage(room.roomId, ALICE, 'welcome'));
    expect(await copy.statuses(records)).toEqual(['accepted', 'rejected', 'rejected']);
    expect(await copy.extremities()).toEqual([mine]);

    await copy.join(whole);
    expect(await copy.statuses([...records, { eventId: mine }])).toEqual([
      'rejected',
      'accepted',
      'accepted',
      'accepted',
    ]);
    expect(await copy.extremities()).toEqual([said.eventId, mine].sort());
    const rick = firstMembershipOf(RICK).event.eventId;
    const expected = [named.eventId, rick];
    const keys = [TOPIC, { type: 'm.room.member', stateKey: RICK }];
    expect(await copy.state(keys)).toEqual(expected);
    const stored = await copy.find([said.eventId]);
    expect(await copy.state(keys, stored.get(said.eventId)?.stateBefore)).toEqual(expected);
    const { shard } = await copy.record();
    const { rows } = await test.database.query('select event_id from event_relations where shard = $1', [shard]);
    expect(rows).toEqual([{ event_id: said.eventId }]);
    await copy.harness.store(buildMessage(room.roomId, ALICE, 'and on'));
    expect(await copy.state(keys)).toEqual(expected);
  });

  it('give back the membership that a hosted user lost by one of them', async () => {
    await copy.join(partial);
    await copy.give(members());
    await remote.deliver([build(leave(MALLORY, ALICE, 'ban'), [whole.join.event.eventId])]);
    expect(await copy.harness.userRooms.findUserRoom(ALICE, room.roomId)).toMatchObject({ membership: 'ban' });
    await copy.join(whole);
    expect(await copy.harness.userRooms.findUserRoom(ALICE, room.roomId)).toMatchObject({ membership: 'join' });
    await copy.harness.store(buildMessage(room.roomId, ALICE, 'still here'));
    await copy.harness.store(buildMembership(room.roomId, { sender: ALICE, membership: 'leave' }));
  });

  it.each([1, 2])('leave the room as it is where all members were known (seed %d)', async (seed) => {
    const other = await createTestDatabase();
    const known = new JoinedCopy(other, await begin(other, { stateLimits: TINY }), room);
    await copy.join(partial);
    await copy.give(members());
    await known.join(whole);
    const records = randomEvents(seed, 30);
    const statuses = new Set(['accepted', 'rejected', 'soft-failed']);
    await remote.deliver(records);
    await new RemoteServer(known.harness).deliver(records);
    const expected = await known.statuses(records);
    expect(await copy.statuses(records)).not.toEqual(expected);
    expect(expected.every((status) => status !== undefined && statuses.has(status))).toBe(true);
    await copy.join(whole);
    expect(await copy.statuses(records)).toEqual(expected);
    expect(await copy.extremities()).toEqual(await known.extremities());
    const keys = [...MEMBERS, TOPIC, POWER];
    expect(await copy.state(keys)).toEqual(await known.state(keys));
    const { joinedCount, invitedCount } = await known.record();
    expect(await copy.record()).toMatchObject({ joinedCount, invitedCount, partialJoin: undefined });
  });

  /** Each follows one or two of the last events, whatever became of these. */
  function randomEvents(seed: number, count: number): FederationPduRecord[] {
    const random = randomOf(seed);
    const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
    const last = [whole.join.event.eventId];
    const records: FederationPduRecord[] = [];
    for (let at = 0; at < count; at += 1) {
      const sender = pick([RHEA, MALLORY, MALLORY, RICK, RICK, USER]);
      const target = pick([RHEA, RICK, USER]);
      const event = pick([
        message(sender, `${at}`),
        topic(sender, `${at}`),
        leave(sender, target),
        leave(sender, target, 'ban'),
        leave(sender, sender, 'join'),
      ]);
      const recent = last.slice(-3);
      const followed = new Set([pick([recent.at(-1) ?? '', ...recent]), recent.at(-1) ?? '']);
      const record = build(event, [...followed].slice(0, random() < 0.5 ? 1 : 2));
      records.push(record);
      last.push(record.eventId);
    }
    return records;
  }

  it('are judged by whoever comes after an owner that died half-way', async () => {
    await copy.join(partial);
    await copy.give(members());
    const kick = build(leave(MALLORY, RICK), [whole.join.event.eventId]);
    const named = build(topic(RICK, 'ours'), [kick.eventId]);
    await remote.deliver([kick, named]);
    for (let at = 0; at < 70; at += 1) await copy.harness.store(buildMessage(room.roomId, ALICE, `${at}`));
    await copy.harness.stop();
    for (const dies of [5, 7]) {
      const standstill = Promise.withResolvers<undefined>();
      const reached = Promise.withResolvers<undefined>();
      let left = dies;
      const reach = (failpoint: string): Promise<void> | undefined => {
        if (failpoint !== 'persister.before-store' || (left -= 1) > 0) return undefined;
        reached.resolve(undefined);
        return standstill.promise;
      };
      const harness = await startPersister(test, { address: `owner ${dies}`, ports: { failpoints: { reach } } });
      ended.push(() => {
        standstill.resolve(undefined);
        return harness.stop();
      });
      copy.harness = harness;
      // Its owner stands still until the end, and then refuses it.
      copy.join(whole).catch(() => undefined);
      await reached.promise;
      expect((await copy.record()).partialJoin).toBeDefined();
    }
    copy.harness = await startPersister(test, { address: 'the last one' });
    const { harness } = copy;
    ended.push(() => harness.stop());
    await copy.join(whole);
    expect(await copy.statuses([kick, named])).toEqual(['rejected', 'accepted']);
    expect(await copy.state([TOPIC])).toEqual([named.eventId]);
    expect((await copy.record()).partialJoin).toBeUndefined();
  });
});
