import { PostgresResidencyReader } from '@plexus/storage-postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';

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

it('says between which positions a server had users in a room', async () => {
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  await harness.store(made.command);
  const room = await harness.rooms.findRoom(made.roomId);
  const { shard = 0, roomNid = 0 } = room ?? {};
  const reader = new PostgresResidencyReader(test.database);
  const positionNow = async (): Promise<number> => (await harness.rooms.readPositions())[shard] ?? 0;
  const bobs = async () => {
    const { rooms, position } = await reader.readIntervals(shard, [roomNid]);
    expect(position).toBe(await positionNow());
    return rooms.get(roomNid)?.find(({ serverName }) => serverName === 'two.example');
  };
  const begun = await positionNow();
  await harness.store(buildMembership(made.roomId, { sender: BOB, membership: 'join' }));
  expect(await bobs()).toMatchObject({ isResident: true, joinedAt: begun, leftBefore: 0 });
  await harness.store(buildMembership(made.roomId, { sender: BOB, membership: 'leave' }));
  const left = await positionNow();
  expect(await bobs()).toMatchObject({ isResident: false, joinedAt: begun, leftAt: left, leftBefore: 0 });
  await harness.store(buildMembership(made.roomId, { sender: BOB, membership: 'join' }));
  expect(await bobs()).toEqual({
    serverName: 'two.example',
    isResident: true,
    joinedAt: left,
    leftAt: left,
    leftBefore: left,
  });
});
