import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RoomCommandResult } from '@plexus/rpc';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, SHARDS, startPersister } from '../../test-support/persister-harness.ts';

/** Stops whoever comes to it, as SIGSTOP would, until it is opened. */
class Gate {
  readonly #stopped = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  #isArmed = false;

  arm(): void {
    this.#isArmed = true;
  }

  pass(): Promise<void> | undefined {
    if (!this.#isArmed) return undefined;
    this.#stopped.resolve();
    return this.#opened.promise;
  }

  /** Resolves when somebody stands here. */
  stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  open(): void {
    this.#isArmed = false;
    this.#opened.resolve();
  }
}

/** What a process that was stopped and goes on finds. */
describe('an owner that was replaced while it stood still', () => {
  let test: TestDatabase;
  let within: Gate;
  let beforeStore: Gate;
  let afterStore: Gate;
  let former: PersisterHarness;
  let successor: PersisterHarness;
  let roomId: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    [within, beforeStore, afterStore] = [new Gate(), new Gate(), new Gate()];
    const gates = new Map<string, Gate>([
      ['persister.before-store', beforeStore],
      ['persister.after-store', afterStore],
    ]);
    former = await startPersister(test, {
      address: 'former',
      transactor: { insideTransaction: () => within.pass() },
      ports: { failpoints: { reach: (failpoint) => gates.get(failpoint)?.pass() } },
    });
    successor = await startPersister(test, { address: 'successor', shards: [] });
    const made = buildCreateRoom({ creator: ALICE }, former.servers);
    await former.store(made.command);
    roomId = made.roomId;
  });
  afterEach(async () => {
    for (const gate of [within, beforeStore, afterStore]) gate.open();
    await former.stop();
    await successor.stop();
    await test.drop();
  });

  async function said(): Promise<string[]> {
    const { shard = 0, roomNid = 0 } = (await successor.rooms.findRoom(roomId)) ?? {};
    const page = { shard, roomNid, direction: 'forwards', limit: 20 } as const;
    const events = (await successor.rooms.pageTimeline(page)).map(({ json }) => JSON.parse(json.toString()));
    return events.filter(({ type }) => type === 'm.room.message').map(({ content }) => content.body);
  }

  async function logPositions(): Promise<number[]> {
    const { rows } = await test.database.query<{ position: number }>('select position from room_log order by position');
    return rows.map(({ position }) => Number(position));
  }

  /** Lets the former owner go on when its successor has written; gives what its command came to. */
  async function replaceAt(gate: Gate): Promise<RoomCommandResult['result']> {
    gate.arm();
    const late = former.execute(buildMessage(roomId, ALICE, 'late'));
    await gate.stopped();
    await successor.persister.take(SHARDS);
    await successor.store(buildMessage(roomId, ALICE, 'of the successor'));
    gate.open();
    return late;
  }

  it('within a transaction does not hold its successor up, and has written nothing when it goes on', async () => {
    expect(await replaceAt(within)).toEqual({ $case: 'notOwner', value: {} });
    expect(await said()).toEqual(['of the successor']);
    expect(await logPositions()).toEqual([1, 2, 3, 4, 5]);
    await vi.waitFor(() => expect(former.persister.shards.size).toBe(0));
  });

  it('before a transaction is fenced by the epoch', async () => {
    expect(await replaceAt(beforeStore)).toEqual({ $case: 'notOwner', value: {} });
    expect(former.observer.notStoredOutcomes).toContain('fenced');
    expect(await said()).toEqual(['of the successor']);
    expect(await logPositions()).toEqual([1, 2, 3, 4, 5]);
    expect(former.persister.shards.size).toBe(0);
  });

  it.each(['takeFree', 'take'] as const)(
    'and had nothing to do takes what its successor gave up (%s)',
    async (take) => {
      await successor.persister.take(SHARDS);
      await successor.store(buildMessage(roomId, ALICE, 'of the successor'));
      await successor.persister.giveUp(SHARDS);
      await former.persister[take](SHARDS);
      expect(new Set((await former.rooms.listShardOwners()).values())).toEqual(new Set(['former']));
      await former.store(buildMessage(roomId, ALICE, 'again of the former'));
      expect(await said()).toEqual(['of the successor', 'again of the former']);
    },
  );

  it('and had nothing to do keeps what it is asked for and still owns', async () => {
    const epochs = [...former.persister.shards.all()].map(({ epoch }) => epoch);
    await former.persister.take(SHARDS);
    await former.persister.takeFree(SHARDS);
    expect([...former.persister.shards.all()].map(({ epoch }) => epoch)).toEqual(epochs);
  });

  it('after its commit has written once, and the successor goes on behind it', async () => {
    expect(await replaceAt(afterStore)).toMatchObject({ $case: 'stored' });
    await successor.store(buildMessage(roomId, ALICE, 'once more'));
    expect(await said()).toEqual(['late', 'of the successor', 'once more']);
    expect(await logPositions()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await former.execute(buildMessage(roomId, ALICE, 'too late'))).toEqual({ $case: 'notOwner', value: {} });
  });
});
