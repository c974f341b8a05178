import type { ServerAcl } from '@plexus/room-dag';
import { RedactionReader, StateReader } from '@plexus/room-view';
import type { RoomLogRow, RoomRecord } from '@plexus/storage';
import { FakeCache, FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RoomDoor } from './room-door.ts';
import { ServerAclReader } from './server-acl-reader.ts';

const roomId = '!room:a.example';
const alice = '@alice:a.example';

let rooms: FakeRooms;
let cache: FakeCache<ServerAcl>;
let acls: ServerAclReader;
let door: RoomDoor;

beforeEach(() => {
  rooms = new FakeRooms(2);
  cache = new FakeCache();
  const states = new StateReader(rooms, new FakeCache());
  acls = new ServerAclReader({ rooms, states, redactions: new RedactionReader(rooms, states), acls: cache });
  door = new RoomDoor({ rooms, acls });
  rooms.append({ roomId, type: 'm.room.create', sender: alice, stateKey: '', content: {} });
  for (const userId of [alice, '@bob:b.example']) join(userId);
});

function join(userId: string): void {
  rooms.append({
    roomId,
    type: 'm.room.member',
    sender: userId,
    stateKey: userId,
    content: { membership: 'join' },
  });
}

function setAcl(content: object): RoomLogRow {
  return rooms.append({ roomId, type: 'm.room.server_acl', sender: alice, stateKey: '', content: { ...content } });
}

async function room(): Promise<RoomRecord> {
  const found = await rooms.findRoom(roomId);
  if (found === undefined) throw new Error('the room is there');
  return found;
}

describe('ServerAclReader', () => {
  it('lets everybody in where there is no ACL, and asks for no event', async () => {
    expect(await acls.allows(await room(), 'b.example')).toBe(true);
    expect(rooms.calls.get('findEvents') ?? 0).toBe(0);
  });

  it('follows each new ACL at once, and reads each of them once', async () => {
    setAcl({ allow: ['*'], deny: ['b.example'] });
    expect(await acls.allows(await room(), 'b.example:8448')).toBe(false);
    expect(await acls.allows(await room(), 'c.example')).toBe(true);
    expect(rooms.calls.get('findEvents')).toBe(1);
    setAcl({ allow: ['*'] });
    expect(await acls.allows(await room(), 'b.example')).toBe(true);
    expect(rooms.calls.get('findEvents')).toBe(2);
    expect(cache.values.size).toBe(2);
  });

  it('denies everybody once the ACL was redacted and what was remembered of it has expired', async () => {
    const { event } = setAcl({ allow: ['*'] });
    expect(await acls.allows(await room(), 'b.example')).toBe(true);
    rooms.append({ roomId, type: 'm.room.redaction', sender: alice, content: {}, redacts: event?.eventId ?? '' });
    cache.values.clear();
    for (const serverName of ['a.example', 'b.example', 'c.example'])
      expect(await acls.allows(await room(), serverName)).toBe(false);
    setAcl({ allow: ['*'] });
    expect(await acls.allows(await room(), 'b.example')).toBe(true);
  });

  it('follows a state that was resolved anew', async () => {
    setAcl({ deny: ['b.example'], allow: ['*'] });
    rooms.correctState(roomId, [{ type: 'm.room.server_acl', stateKey: '', eventNid: 0 }]);
    expect(await acls.allows(await room(), 'b.example')).toBe(true);
  });
});

describe('RoomDoor', () => {
  const parties = { origin: 'b.example', destination: 'a.example' };

  it('opens to a server that is in the room', async () => {
    expect((await door.forResident(parties, roomId)).roomId).toBe(roomId);
  });

  it.each([
    [{ ...parties, destination: 'other.example' }, 404],
    [{ ...parties, origin: 'c.example' }, 403],
  ])('keeps %j out of a room for those in it', async (between, httpStatus) => {
    await expect(door.forResident(between, roomId)).rejects.toMatchObject({ httpStatus });
  });

  it('lets a stranger come as far as to ask for a join, unless the ACL denies its server', async () => {
    const stranger = { ...parties, origin: 'c.example' };
    expect((await door.forVisitor(stranger, roomId)).roomId).toBe(roomId);
    setAcl({ allow: ['*'], deny: ['c.*'] });
    await expect(door.forVisitor(stranger, roomId)).rejects.toMatchObject({
      httpStatus: 403,
      message: 'Server is banned from room',
    });
    await expect(door.forVisitor(stranger, 'nonsense')).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
  });
});
