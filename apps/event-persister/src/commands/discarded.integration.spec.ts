import type { RoomCommand } from '@plexus/rpc';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage, buildSend, buildState } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';

let test: TestDatabase;
let harness: PersisterHarness;
let roomId: string;
beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  ({ roomId } = made);
  await harness.store(made.command);
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});

async function everythingStored(): Promise<unknown> {
  const room = await harness.rooms.findRoom(roomId);
  const tables = ['events', 'room_log', 'state_nodes', 'room_commands', 'user_rooms'];
  const counts = await Promise.all(
    tables.map((table) =>
      test.database.run<{ count: number }>({ name: `count_${table}`, text: `select count(*) from ${table}` }),
    ),
  );
  return [room, counts];
}

const discarded = (command: RoomCommand): RoomCommand => ({ ...command, discard: true });

it('answers as if it had stored something, and stores nothing', async () => {
  const before = await everythingStored();
  const message = discarded(buildMessage(roomId, ALICE, 'unheard'));
  const [eventId = ''] = await harness.store(message);
  expect(eventId).toMatch(/^\$/);
  const [stateId = ''] = await harness.store(discarded(buildSend(roomId, buildState('m.room.name', '', ALICE, {}))));
  const [inviteId = ''] = await harness.store(
    discarded(buildMembership(roomId, { sender: ALICE, target: BOB, membership: 'invite' })),
  );
  expect(new Set([eventId, stateId, inviteId]).size).toBe(3);
  expect(await everythingStored()).toEqual(before);
  // A request that is repeated at once finds its answer.
  expect(await harness.store(message)).toEqual([eventId]);
});

it('refuses what would be refused', async () => {
  const refused = await harness.execute(discarded(buildMessage(roomId, BOB, 'no member')));
  expect(refused).toMatchObject({ $case: 'refused', value: { errcode: 'M_FORBIDDEN' } });
});

it('leaves what comes after it as it would have been', async () => {
  const results = await Promise.all([
    harness.store(discarded(buildMessage(roomId, ALICE, 'unheard'))),
    harness.store(buildMessage(roomId, ALICE, 'heard')),
    harness.store(discarded(buildMessage(roomId, ALICE, 'unheard'))),
    harness.store(buildMessage(roomId, ALICE, 'heard')),
  ]);
  const ids = results.flat();
  const { shard, roomNid } = (await harness.rooms.findRoom(roomId)) ?? { shard: 0, roomNid: 0 };
  const found = await harness.rooms.findEventsById(shard, roomNid, ids);
  expect([...found.keys()].toSorted()).toEqual([ids[1], ids[3]].toSorted());
});
