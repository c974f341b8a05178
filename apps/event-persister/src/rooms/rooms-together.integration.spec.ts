import type { RoomRecord } from '@plexus/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, CAROL, startPersister } from '../../test-support/persister-harness.ts';

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

async function makeRoom(): Promise<RoomRecord> {
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  await harness.store(made.command);
  return findRoom(made.roomId);
}

async function findRoom(roomId: string): Promise<RoomRecord> {
  const room = await harness.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('the room is stored');
  return room;
}

it('finds several rooms as one server has them', async () => {
  const [one, two] = [await makeRoom(), await makeRoom()];
  await harness.store(buildMembership(two.roomId, { sender: BOB, membership: 'join' }));
  await harness.store(buildMembership(one.roomId, { sender: BOB, membership: 'join' }));
  await harness.store(buildMembership(one.roomId, { sender: BOB, membership: 'leave' }));
  const found = await harness.rooms.findRoomsAs('two.example', [one.roomId, '!none:one.example', two.roomId]);
  expect(found).toEqual(
    new Map([
      [one.roomId, { room: await findRoom(one.roomId), isResident: false }],
      [two.roomId, { room: await findRoom(two.roomId), isResident: true }],
    ]),
  );
  expect(await harness.rooms.findRoomsAs('two.example', [])).toEqual(new Map());
});

it('tells which events of several rooms are stored, and under which numbers', async () => {
  const [one, two] = [await makeRoom(), await makeRoom()];
  const [said = ''] = await harness.store(buildMessage(one.roomId, ALICE, 'hello'));
  const events = [
    { ...two, eventId: said },
    { ...one, eventId: said },
    { ...one, eventId: '$unknown' },
  ];
  expect(await harness.rooms.areStored(events)).toEqual([false, true, false]);
  const nids = await harness.rooms.findEventNids(one.shard, one.roomNid, ['$unknown', said]);
  const stored = await harness.rooms.findEventsById(one.shard, one.roomNid, [said]);
  expect(nids).toEqual(new Map([[said, stored.get(said)?.eventNid]]));
});

it('tells how many users a server has in a room, and how many of all servers are invited', async () => {
  const { roomId, shard, roomNid } = await makeRoom();
  await harness.store(buildMembership(roomId, { sender: ALICE, target: CAROL, membership: 'invite' }));
  const expected = { currentRoot: (await findRoom(roomId)).currentRoot, invitedCount: 1 };
  expect(await harness.rooms.findServerInRoom(shard, roomNid, 'one.example')).toEqual({ ...expected, joinedCount: 1 });
  expect(await harness.rooms.findServerInRoom(shard, roomNid, 'two.example')).toEqual({ ...expected, joinedCount: 0 });
  expect(await harness.rooms.findServerInRoom(shard, roomNid + 1_000, 'two.example')).toBeUndefined();
});
