import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '@plexus/matrix-base';
import { roomShardOf } from '@plexus/storage';
import { RpcError } from '@plexus/rpc';
import type { RoomCommandHandler, RoomWriterChannel } from '@plexus/rpc';
import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, realClock, SHARDS, startPersister } from '../../test-support/persister-harness.ts';
import { AskSuccessors } from '../out/ask-successors.ts';
import { InboundGroup } from './inbound-group.ts';
import { TopicKeeper } from './topic-keeper.ts';

interface Member {
  readonly harness: PersisterHarness;
  /** Begins to take part in the group. */
  join(): void;
  leave(): Promise<void>;
}

describe('a persister that comes or goes', () => {
  let test: TestDatabase;
  let broker: FakeTopicBroker;
  const members: Member[] = [];
  const handlers = new Map<string, RoomCommandHandler>();
  /** Who was asked to take shards, and whether it had them when it answered. */
  const handOvers: { readonly address: string; readonly shards: readonly number[]; readonly isOwner: boolean }[] = [];
  /** How a member waits to be told who has what was taken from it. */
  let delay: Clock['delay'];
  beforeEach(async () => {
    test = await createTestDatabase();
    broker = new FakeTopicBroker(realClock);
    delay = (ms, signal) => realClock.delay(ms, signal);
  });
  afterEach(async () => {
    for (const member of members.splice(0)) await member.leave();
    await test.drop();
  });

  async function join(address: string): Promise<Member> {
    const member = await start(address, []);
    member.join();
    return member;
  }

  /** A process that has these shards, and is no member yet. */
  async function start(address: string, shards: readonly number[]): Promise<Member> {
    const topics = new FakeTopics(broker);
    const harness = await startPersister(test, { address, shards, fenced: (shard) => group.fenced(shard) });
    const failed = (doing: string, error: unknown): void => harness.observer.failed(doing, error);
    const keeper = new TopicKeeper({ topics, clock: realClock, roomShards: ROOM_SHARDS, failed });
    handlers.set(address, harness.persister.handler);
    const successors = new AskSuccessors({
      rooms: harness.rooms,
      channels: { channelTo: channelOf },
      address,
      roomShards: ROOM_SHARDS,
      failed: (error) => failed('hand shards over', error),
    });
    const clock = { delay: (ms: number, signal?: AbortSignal) => delay(ms, signal) };
    const group = new InboundGroup(harness.persister, {
      topics,
      clock,
      rooms: harness.rooms,
      keeper,
      address,
      successors,
    });
    const member: Member = {
      harness,
      join: () => group.join(),
      async leave() {
        await group.stop();
        await harness.stop();
        await topics.close();
      },
    };
    members.push(member);
    return member;
  }

  function channelOf(address: string): RoomWriterChannel {
    const handler = handlers.get(address);
    const member = members.find(({ harness }) => harness.persister.handler === handler);
    if (handler === undefined || member === undefined) throw new RpcError(`${address} is gone`);
    return {
      execute: (command) => handler.execute(command),
      async takeShards(shards) {
        await handler.takeShards(shards);
        const owned = shardsOf(member);
        handOvers.push({ address, shards, isOwner: shards.every((shard) => owned.includes(shard)) });
      },
    };
  }

  const shardsOf = ({ harness }: Member): number[] =>
    [...harness.persister.shards.all()].map(({ shard }) => shard).toSorted();

  it('interrupts no shard that stays where it is', async () => {
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const { persister, servers } = first.harness;
    const before = SHARDS.map((shard) => ({
      owned: persister.shards.find(shard),
      version: persister.shards.versionOf(shard),
    }));
    const rooms = new Map<number, string>();
    while (rooms.size < ROOM_SHARDS) {
      const { roomId, command } = buildCreateRoom({ creator: ALICE }, servers);
      if (rooms.has(roomShardOf(roomId, ROOM_SHARDS))) continue;
      await first.harness.store(command);
      rooms.set(roomShardOf(roomId, ROOM_SHARDS), roomId);
    }

    const second = await join('second');
    const answers = new Map<number, Set<string>>(SHARDS.map((shard) => [shard, new Set()]));
    while (shardsOf(second).length < ROOM_SHARDS / 2 || shardsOf(first).length > ROOM_SHARDS / 2) {
      const sent = [...rooms].map(async ([shard, roomId]) => {
        answers.get(shard)?.add((await first.harness.execute(buildMessage(roomId, ALICE, 'on'))).$case);
      });
      await Promise.all(sent);
    }
    const stayed = shardsOf(first);
    expect(stayed).toHaveLength(ROOM_SHARDS / 2);
    for (const shard of stayed) {
      const { owned, version } = before[shard] ?? {};
      expect([...(answers.get(shard) ?? [])]).toEqual(['stored']);
      expect(persister.shards.find(shard)).toBe(owned);
      expect(persister.shards.versionOf(shard)).toBe(version);
    }

    await second.leave();
    members.pop();
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    for (const shard of stayed) expect(persister.shards.find(shard)).toBe(before[shard]?.owned);
    for (const roomId of rooms.values()) await first.harness.store(buildMessage(roomId, ALICE, 'whole again'));
  });

  it('has its shards in the hands of the others when it leaves the group', async () => {
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const second = await join('second');
    await vi.waitFor(() => expect(shardsOf(second)).toHaveLength(ROOM_SHARDS / 2), 10_000);
    handOvers.length = 0;
    const leaving = shardsOf(first);
    await members.shift()?.leave();
    expect(handOvers.flatMap(({ shards }) => shards).toSorted()).toEqual(leaving);
    expect(handOvers.filter(({ address, isOwner }) => address !== 'second' || !isOwner)).toEqual([]);
    expect(first.harness.observer.failures).toEqual([]);
    await vi.waitFor(() => expect(shardsOf(second)).toEqual(SHARDS), 10_000);
    await expect(first.harness.persister.handler.takeShards([0]), 'who leaves takes nothing').rejects.toThrow('leaves');
    await second.harness.persister.handler.takeShards(SHARDS);
    expect(shardsOf(second)).toEqual(SHARDS);
  });

  it('keeps its other shards when another process hears first of what the group assigns to it', async () => {
    const looks: (() => void)[] = [];
    delay = (_, signal) =>
      new Promise((resolve) => {
        looks.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      });
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const roomId = await createRoomIn(0, first.harness);
    const owned = SHARDS.map((shard) => first.harness.persister.shards.find(shard));
    const second = await start('second', [0]);
    expect((await first.harness.execute(buildMessage(roomId, ALICE, 'on'))).$case).toBe('notOwner');
    await vi.waitFor(() => expect(looks).toHaveLength(1), 10_000);
    second.join();
    await vi.waitFor(() => expect(shardsOf(second)).toHaveLength(ROOM_SHARDS / 2), 10_000);
    await vi.waitFor(() => expect(shardsOf(first)).toHaveLength(ROOM_SHARDS / 2), 10_000);
    for (const look of looks.splice(0)) look();
    for (const shard of shardsOf(first)) {
      await createRoomIn(shard, first.harness);
      expect(first.harness.persister.shards.find(shard)).toBe(owned[shard]);
    }
    expect(looks).toEqual([]);
  });

  it('joins anew when what was taken from it stays assigned to it', async () => {
    let looks = 0;
    delay = async () => void (looks += 1);
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const roomId = await createRoomIn(0, first.harness);
    const thief = await startPersister(test, { address: 'thief', shards: [0] });
    expect((await first.harness.execute(buildMessage(roomId, ALICE, 'on'))).$case).toBe('notOwner');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    expect(looks).toBeGreaterThan(1);
    await first.harness.store(buildMessage(roomId, ALICE, 'back'));
    await thief.stop();
  });

  it('joins anew at once when nobody has what it lost', async () => {
    delay = (_, signal) => realClock.delay(600_000, signal);
    const first = await join('first');
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    const roomId = await createRoomIn(0, first.harness);
    await test.database.query('update room_shards set epoch = epoch + 1, owner_address = null');
    first.harness.persister.leaveGeneration();
    await vi.waitFor(() => expect(shardsOf(first)).toEqual(SHARDS), 10_000);
    await first.harness.store(buildMessage(roomId, ALICE, 'again'));
  });

  it('does not take back what another process has taken when it takes something else', async () => {
    const first = await startPersister(test, { address: 'first', shards: [0, 1] });
    const second = await startPersister(test, { address: 'second', shards: [0] });
    let created = buildCreateRoom({ creator: ALICE }, first.servers);
    while (roomShardOf(created.roomId, ROOM_SHARDS) !== 0) created = buildCreateRoom({ creator: ALICE }, first.servers);
    expect((await first.execute(created.command)).$case).toBe('notOwner');
    await first.persister.take([2]);
    expect(await first.rooms.listShardOwners()).toEqual(
      new Map([
        [0, 'second'],
        [1, 'first'],
        [2, 'first'],
      ]),
    );
    await Promise.all([first.stop(), second.stop()]);
  });

  it('that ends gives up a shard whose log Kafka does not take, and has who asks for it meanwhile wait for that', async () => {
    const taken = Promise.withResolvers<number>();
    const producer = { send: () => taken.promise, depth: () => [] };
    const first = await startPersister(test, { address: 'first', drainMs: 600_000, ports: { producer } });
    const roomId = await createRoomIn(0, first);
    const left = first.persister.leave(async () => undefined);
    await vi.waitFor(() => expect(first.persister.shards.find(0)?.isDraining).toBe(true), 10_000);
    expect((await first.execute(buildMessage(roomId, ALICE, 'on'))).$case).toBe('notOwner');
    expect((await first.rooms.listShardOwners()).has(0)).toBe(false);
    await left;
    const second = await startPersister(test, { address: 'second', shards: [0] });
    await vi.waitFor(() => expect(second.topic.records.map((record) => record.roomId)).toContain(roomId), 10_000);
    taken.resolve(0);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('gives up a shard at once, however busy the others are', async () => {
    const first = await startPersister(test, { address: 'busy', drainMs: 600_000 });
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, first.servers);
    await first.store(command);
    const over = new AbortController();
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await first.store(buildMessage(roomId, ALICE, 'on and on'));
        sent += 1;
      }
    };
    const lanes = [lane(), lane(), lane(), lane()];
    await vi.waitFor(() => expect(sent).toBeGreaterThan(4), 10_000);
    const idle = SHARDS.filter((shard) => shard !== roomShardOf(roomId, ROOM_SHARDS));
    await first.persister.giveUp(idle);
    const before = sent;
    await vi.waitFor(() => expect(sent).toBeGreaterThan(before), 10_000);
    over.abort();
    await Promise.all(lanes);
    expect([...first.persister.shards.all()].map(({ shard }) => shard)).toEqual([roomShardOf(roomId, ROOM_SHARDS)]);
    await first.stop();
  });
});

/** Makes a room of that shard, as its owner. */
async function createRoomIn(shard: number, { store, servers }: PersisterHarness): Promise<string> {
  let created = buildCreateRoom({ creator: ALICE }, servers);
  while (roomShardOf(created.roomId, ROOM_SHARDS) !== shard) created = buildCreateRoom({ creator: ALICE }, servers);
  await store(created.command);
  return created.roomId;
}
