import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomRecord } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import { PostgresRoomOwnerReader } from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMessage, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { DEFAULT_MEMORY_LIMITS } from '../rooms/room-memory.ts';
import { DEFAULT_WRITE_LIMITS } from './write-limits.ts';

/** Reads the head of a room only when it is let to. */
class SlowReader extends PostgresRoomOwnerReader {
  slowRoom: string | undefined;
  readonly asked = Promise.withResolvers<void>();
  readonly released = Promise.withResolvers<void>();

  override async findRoom(roomId: string): Promise<RoomRecord | undefined> {
    if (roomId === this.slowRoom) {
      this.asked.resolve();
      await this.released.promise;
    }
    return super.findRoom(roomId);
  }
}

const AT_ONCE = 20;

describe('rooms of one shard', () => {
  let test: TestDatabase;
  let reader: SlowReader;
  let harness: PersisterHarness;
  let one: string;
  let other: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    reader = new SlowReader(test.database, ROOM_SHARDS);
    harness = await startPersister(test, {
      ports: { rooms: reader },
      memoryLimits: { ...DEFAULT_MEMORY_LIMITS, rooms: 1 },
      writeLimits: { ...DEFAULT_WRITE_LIMITS, events: AT_ONCE },
    });
    one = await createRoom();
    do other = await createRoom();
    while (roomShardOf(other, ROOM_SHARDS) !== roomShardOf(one, ROOM_SHARDS));
  });
  afterEach(async () => {
    reader.released.resolve();
    await harness.stop();
    await test.drop();
  });

  async function createRoom(): Promise<string> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    return roomId;
  }

  it('go on while one of them waits for what it loads', async () => {
    reader.slowRoom = one;
    const order: string[] = [];
    const waiting = harness.store(buildMessage(one, ALICE, 'waits')).then(() => order.push('one'));
    await reader.asked.promise;
    for (let said = 0; said < 5; said += 1) await harness.store(buildMessage(other, ALICE, `meanwhile ${said}`));
    order.push('other');
    reader.released.resolve();
    await waiting;
    expect(order).toEqual(['other', 'one']);
  });

  it('take turns: who has much to say does not hold up who has little', async () => {
    const said = Array.from({ length: 10 * AT_ONCE }, (_, index) => `message ${index}`);
    const order: string[] = [];
    const hot = said.map((body) => harness.store(buildMessage(one, ALICE, body)).then(() => order.push('one')));
    await harness.store(buildMessage(other, ALICE, 'one word')).then(() => order.push('other'));
    await Promise.all(hot);
    expect(order).toHaveLength(said.length + 1);
    expect(order.indexOf('other')).toBeLessThan(3 * AT_ONCE);
  });
});
