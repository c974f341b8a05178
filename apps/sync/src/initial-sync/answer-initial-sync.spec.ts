import { beforeEach, expect, it } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import { RequestEnd } from '../sessions/request-end.ts';
import type { InitialSyncBody } from './initial-sync-body.ts';

const [alice, carol] = ['@alice:a.example', '@carol:a.example'] as const;

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
});

async function initialSync(userId: string, { limit = 10, archived = false } = {}): Promise<InitialSyncBody> {
  const end = new RequestEnd();
  const request = { userId, deviceId: 'DEVICE', serverName: 'a.example', limit, archived, end };
  return await harness.parts.answerInitialSync.execute(request);
}

it('tells rooms with their latest messages, their state as it is and their visibility', async () => {
  room.say(alice, 'one');
  room.say(alice, 'two');
  room.state('m.room.name', { name: 'Room' });
  await harness.setAccountData(alice, { roomId: room.roomId, type: 'm.tag', content: { tags: {} } });
  const { rooms } = await initialSync(alice, { limit: 2 });
  const [info] = rooms;
  expect(rooms).toHaveLength(1);
  expect(info).toMatchObject({ room_id: room.roomId, membership: 'join', visibility: 'private' });
  expect(info?.messages?.chunk.map(({ type }) => type)).toEqual(['m.room.message', 'm.room.name']);
  expect(info?.messages?.chunk[0]).toMatchObject({ room_id: room.roomId, content: { body: 'two' } });
  expect(info?.messages?.start).toMatch(/^t/);
  const types = ['m.room.create', 'm.room.member', 'm.room.name', 'm.room.power_levels'];
  expect(info?.state?.map(({ type }) => type).toSorted()).toEqual(types);
  expect(info?.account_data).toEqual([{ type: 'm.tag', content: { tags: {} } }]);
  harness.published.add(room.roomId);
  expect((await initialSync(alice)).rooms[0]?.visibility).toBe('public');
});

it('ends at a place from which /events and /sync go on', async () => {
  const { end } = await initialSync(alice);
  room.say(alice, 'after');
  const body = await harness.sync(alice, { since: end });
  expect(body.rooms?.join?.[room.roomId]?.timeline.events.map(({ content }) => content['body'])).toEqual(['after']);
});

it('tells invites by their event, and nothing of the room', async () => {
  room.say(alice, 'secret');
  const { event } = room.member(carol, 'invite', { sender: alice });
  const fresh = await SyncHarness.started({ rooms: harness.rooms });
  for (const { parts } of [harness, fresh]) {
    const end = new RequestEnd();
    const request = { userId: carol, deviceId: 'D', serverName: 'a.example', limit: 1, archived: false, end };
    const { rooms } = await parts.answerInitialSync.execute(request);
    expect(rooms).toMatchObject([
      { room_id: room.roomId, membership: 'invite', invite: { event_id: event?.eventId, room_id: room.roomId } },
    ]);
    expect(rooms[0]?.messages).toBeUndefined();
  }
});

it('tells rooms that were left only where asked for them', async () => {
  room.member(carol, 'join');
  room.say(alice, 'seen');
  room.member(carol, 'ban', { sender: alice });
  room.say(alice, 'after');
  expect((await initialSync(carol)).rooms).toEqual([]);
  const [info] = (await initialSync(carol, { archived: true })).rooms;
  expect(info?.membership).toBe('ban');
  const said = info?.messages?.chunk.flatMap(({ content }) => content['body'] ?? []);
  expect(said).toEqual(['seen']);
});
