import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage } from '../test-support/commands.ts';
import type { PersisterHarness } from '../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../test-support/persister-harness.ts';

describe('EventPersister', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  it('creates a room, lets others join and speak, and publishes everything in order', async () => {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    const created = await harness.store(command);
    expect(created).toHaveLength(4);
    const [joined] = await harness.store(buildMembership(roomId, { sender: BOB, membership: 'join' }));
    const [said] = await harness.store(buildMessage(roomId, BOB, 'hello'));
    const room = await harness.rooms.findRoom(roomId);
    expect(room).toMatchObject({ joinedCount: 2, invitedCount: 0, topologicalPosition: 6, depth: 6 });
    const timeline = await harness.rooms.pageTimeline({
      shard: room?.shard ?? -1,
      roomNid: room?.roomNid ?? -1,
      direction: 'forwards',
      limit: 10,
    });
    expect(timeline.map(({ eventId }) => eventId)).toEqual([...created, joined, said]);
    expect(await harness.userRooms.findUserRoom(BOB, roomId)).toMatchObject({ membership: 'join', eventId: joined });
    await vi.waitFor(() => expect(harness.topic.positionsOf(room?.shard ?? -1)).toEqual([1, 2, 3, 4, 5, 6]));
  });
});
