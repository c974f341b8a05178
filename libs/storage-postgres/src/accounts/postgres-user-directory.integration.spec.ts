import type { FoundUser, RemoteMemberState } from '@plexus/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresRemoteMemberProjection } from '../rooms/postgres-remote-member-projection.ts';
import { PostgresUserDirectory } from './postgres-user-directory.ts';

const ALICE = '@alice:one.example';
const RHEA = '@rhea:far.example';
const RICK = '@rick:far.example';
const [SHARED, LEFT, OPEN, CLOSED] = ['!shared', '!left', '!open', '!closed'];

let test: TestDatabase;
let directory: PostgresUserDirectory;
beforeAll(async () => {
  test = await createTestDatabase();
  directory = new PostgresUserDirectory(test.database);
  await isIn(ALICE, SHARED, 'join');
  await isIn(ALICE, LEFT, 'leave');
  await describeRoom(OPEN, true);
  await describeRoom(CLOSED, false);
  await hasMembers(SHARED, { [RHEA]: 'Rhea Ashes' });
  await hasMembers(LEFT, { [RHEA]: 'Rhea Left', '@rob:far.example': 'Rob Ashes' });
  await hasMembers(OPEN, { [RHEA]: 'Rhea Public', [RICK]: 'Rick Public' });
  await hasMembers(CLOSED, { [RICK]: 'Rick Secret' });
});
afterAll(() => test.drop());

const NUMBERS = new Map([SHARED, LEFT, OPEN, CLOSED].map((roomId, at) => [roomId, at + 1]));

function numberOf(roomId: string): number {
  return NUMBERS.get(roomId) ?? 0;
}

async function isIn(userId: string, roomId: string, membership: string): Promise<void> {
  await test.database.query(
    `insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
     values ($1, $2, 1, $3, $4, $1, '$e', 1)`,
    [userId, roomId, numberOf(roomId), membership],
  );
}

async function describeRoom(roomId: string, isPublic: boolean): Promise<void> {
  await test.database.query(
    `insert into room_summaries (room_id, shard, room_nid, position, room_version, joined_count, is_world_readable, guests_can_join,
       is_public, search_words) values ($1, 1, $2, 1, '11', 1, false, false, $3, '')`,
    [roomId, numberOf(roomId), isPublic],
  );
}

async function hasMembers(roomId: string, names: Record<string, string>): Promise<void> {
  const projection = new PostgresRemoteMemberProjection(test.database);
  const room = { shard: 1, roomNid: numberOf(roomId) };
  await projection.beginRoom({ ...room, roomId });
  const joined = Object.entries(names).map(([userId, displayName]) => {
    return { userId, eventNid: 1, displayName, avatarUrl: undefined };
  });
  await projection.takeSteps([{ ...room, epoch: 1, from: whole(0), to: whole(1), joined, gone: [] }]);
}

function whole(root: number): RemoteMemberState {
  return { root, nextRoot: undefined };
}

async function search(...words: string[]): Promise<FoundUser[]> {
  return directory.searchUsers({ userId: ALICE, words, openServer: undefined, limit: 10 });
}

it('users of other servers are found by the names that they have where one may see them', async () => {
  const rhea = { userId: RHEA, isRemote: true, avatarUrl: undefined };
  const near = { ...rhea, displayName: 'Rhea Ashes', isNear: true, publicRooms: [] };
  const open = { ...rhea, displayName: 'Rhea Public', isNear: false, publicRooms: [{ shard: 1, roomNid: 3 }] };
  expect(await search('rhea')).toEqual([near, open]);
  expect(await search('ash')).toEqual([near]);
  expect((await search('rick')).map(({ displayName }) => displayName)).toEqual(['Rick Public']);
  expect(await search('secret')).toEqual([]);
  expect(await search('left')).toEqual([]);
  expect(await search('rhea', 'publ')).toEqual([open]);
});

it('users of other servers are near who shares a room with them, and in some public rooms', async () => {
  const open = [{ shard: 1, roomNid: 3 }];
  expect(await directory.findRemoteNearness(ALICE, RHEA)).toEqual({ isNear: true, publicRooms: open });
  expect(await directory.findRemoteNearness(ALICE, RICK)).toEqual({ isNear: false, publicRooms: open });
  expect(await directory.findRemoteNearness(ALICE, '@rob:far.example')).toEqual({ isNear: false, publicRooms: [] });
});
