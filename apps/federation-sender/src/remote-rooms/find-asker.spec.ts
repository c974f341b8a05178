import { compileServerAcl } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import { FakeHostedServers, FakeRooms } from '@plexus/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAsker } from './find-asker.ts';

const [ONE, TWO, THREE] = ['one.example', 'two.example', 'three.example'];
const hosted = new FakeHostedServers([ONE, TWO, THREE]);

let room: RoomRecord | undefined;
beforeAll(async () => {
  const rooms = new FakeRooms(1);
  rooms.append({
    roomId: '!r:far.example',
    type: 'm.room.create',
    sender: '@a:far.example',
    stateKey: '',
    content: {},
  });
  room = await rooms.findRoom('!r:far.example');
});

async function askerOf(residents: readonly string[], deny: readonly string[], wanted = ONE): Promise<string> {
  if (room === undefined) throw new Error('the room is there');
  const acls = { find: async () => compileServerAcl({ allow: ['*'], deny: [...deny] }) };
  const joined = new Map(residents.map((serverName) => [serverName, 1] as const));
  return findAsker({ hosted, acls }, room, { wanted, joined });
}

describe('findAsker', () => {
  it.each([
    ['who wants it', [ONE, TWO, 'far.example'], [], ONE],
    ['another one where the room denies that one', [ONE, TWO, 'far.example'], [ONE], TWO],
    ['another one where that one has left', [TWO, 'far.example'], [], TWO],
    ['one that the room does not deny', [ONE, TWO, THREE], ['one.*', 'three.*'], TWO],
    ['who wants it where all are denied', [ONE, TWO], ['*'], ONE],
    ['who wants it where no other is there', [ONE, 'far.example'], [ONE], ONE],
  ])('asks as %s', async (_who, residents, deny, asker) => {
    expect(await askerOf(residents, deny)).toBe(asker);
  });
});
