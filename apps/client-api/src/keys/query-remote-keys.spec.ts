import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteAnswer, RemoteRequest } from '@plexus/remote-servers';
import { StateReader } from '@plexus/room-view';
import { FakeCache, FakeRemoteDeviceLists, FakeRooms } from '@plexus/testing';
import { encodeRemoteUpdate, GAP_UPDATE } from '@plexus/user-keys';
import { beforeEach, expect, it } from 'vitest';
import { FakeRemoteServers } from '../../test-support/fake-remote-servers.ts';
import { FindListAnchors } from './find-list-anchors.ts';
import { KnownDeviceLists } from './known-device-lists.ts';
import { QueryRemoteKeys } from './query-remote-keys.ts';
import type { RemoteKeys } from './query-remote-keys.ts';

const ALICE = { userId: '@alice:a.example', serverName: 'a.example' };
const ROOM = '!r:a.example';
const RHEA = '@rhea:b.example';

let rooms: FakeRooms;
let servers: FakeRemoteServers;
let lists: FakeRemoteDeviceLists;
let query: QueryRemoteKeys;
/** What the other server says of each user, and the number of the last change. */
let devices: Record<string, Record<string, JsonObject>>;
let streamId: number;

beforeEach(() => {
  [rooms, servers, lists] = [new FakeRooms(), new FakeRemoteServers(), new FakeRemoteDeviceLists()];
  const states = new StateReader(rooms, new FakeCache());
  const anchors = new FindListAnchors({ userRooms: rooms, rooms, states });
  const known = new KnownDeviceLists({ lists, anchors });
  query = new QueryRemoteKeys({ remoteServers: servers, lists, known, anchors });
  devices = { [RHEA]: { ONE: keysOf(RHEA, 'ONE') } };
  streamId = 5;
  servers.answer = answer;
  member(ALICE.userId, 'join');
});

function member(userId: string, membership: string, roomId = ROOM): void {
  rooms.append({ roomId, type: 'm.room.member', sender: userId, stateKey: userId, content: { membership } });
}

function keysOf(userId: string, deviceId: string): JsonObject {
  return { user_id: userId, device_id: deviceId, algorithms: [], keys: {}, signatures: {} };
}

function answer({ path, body }: RemoteRequest): RemoteAnswer {
  const single = /user\/devices\/(.+)$/.exec(path)?.[1];
  if (single !== undefined) {
    const userId = decodeURIComponent(single);
    const own = Object.entries(devices[userId] ?? {}).map(([deviceId, keys]) => ({ device_id: deviceId, keys }));
    return { outcome: 'answered', status: 200, body: { user_id: userId, stream_id: streamId, devices: own } };
  }
  const asked = Object.keys((body as { device_keys: JsonObject }).device_keys);
  const found = asked.flatMap((userId) => (devices[userId] === undefined ? [] : [[userId, devices[userId]] as const]));
  return { outcome: 'answered', status: 200, body: { device_keys: Object.fromEntries(found) } };
}

async function ask(userIds: readonly string[] = [RHEA], deviceIds: readonly string[] = []): Promise<RemoteKeys> {
  const elsewhere = Map.groupBy(userIds, (userId) => userId.slice(userId.indexOf(':') + 1));
  const device_keys = Object.fromEntries(userIds.map((userId) => [userId, [...deviceIds]]));
  return query.execute(ALICE, { elsewhere, request: { device_keys } });
}

async function devicesOf(userId = RHEA): Promise<string[] | undefined> {
  const found = (await ask([userId])).deviceKeys.find(([user]) => user === userId);
  return found && Object.keys(found[1]).sort();
}

async function told(content: JsonObject): Promise<void> {
  const update = encodeRemoteUpdate('device', { user_id: RHEA, ...content });
  expect(await lists.recordChange(RHEA, { content: update, gap: GAP_UPDATE })).toBe(true);
}

it('asks once for the list of a user with whom a room is shared', async () => {
  member(RHEA, 'join');
  expect(await devicesOf()).toEqual(['ONE']);
  expect(await devicesOf()).toEqual(['ONE']);
  expect(servers.asked.map(({ path, origin }) => [path, origin])).toEqual([
    [`/_matrix/federation/v1/user/devices/${encodeURIComponent(RHEA)}`, 'a.example'],
  ]);
});

it('asks each time for the list of a stranger, of whom nobody tells what changes', async () => {
  member(RHEA, 'invite');
  for (let times = 0; times < 2; times += 1) expect(await devicesOf()).toEqual(['ONE']);
  expect(servers.asked.map(({ path }) => path)).toEqual([
    '/_matrix/federation/v1/user/keys/query',
    '/_matrix/federation/v1/user/keys/query',
  ]);
  expect(await lists.recordChange(RHEA, { content: 'x', gap: 'x' })).toBe(false);
});

it('follows what the user’s server tells, without asking it again', async () => {
  member(RHEA, 'join');
  await ask();
  await told({ device_id: 'TWO', stream_id: 6, prev_id: [5], keys: keysOf(RHEA, 'TWO') });
  expect(await devicesOf()).toEqual(['ONE', 'TWO']);
  await told({ device_id: 'ONE', stream_id: 7, prev_id: [6], deleted: true });
  expect(await devicesOf()).toEqual(['TWO']);
  expect(servers.asked).toHaveLength(1);
});

it('asks anew where an update is missing, and goes on from there', async () => {
  member(RHEA, 'join');
  await ask();
  devices = { [RHEA]: { THREE: keysOf(RHEA, 'THREE') } };
  streamId = 8;
  await told({ device_id: 'THREE', stream_id: 8, prev_id: [7], keys: keysOf(RHEA, 'THREE') });
  expect(await devicesOf()).toEqual(['THREE']);
  await told({ device_id: 'FOUR', stream_id: 9, prev_id: [8], keys: keysOf(RHEA, 'FOUR') });
  expect(await devicesOf()).toEqual(['FOUR', 'THREE']);
  expect(servers.asked).toHaveLength(2);
});

it('asks anew where the user has left and come back, since nobody told what changed meanwhile', async () => {
  member(RHEA, 'join');
  await ask();
  member(RHEA, 'leave');
  member(RHEA, 'join');
  devices = { [RHEA]: { NEW: keysOf(RHEA, 'NEW') } };
  expect(await devicesOf()).toEqual(['NEW']);
  member(RHEA, 'leave');
  devices = { [RHEA]: { LAST: keysOf(RHEA, 'LAST') } };
  expect(await devicesOf()).toEqual(['LAST']);
});

it('asks for many users at once, and for these again with the next change', async () => {
  const many = ['@a:b.example', '@b:b.example', '@c:b.example', RHEA];
  for (const userId of many) {
    member(userId, 'join');
    devices[userId] = { ONE: keysOf(userId, 'ONE') };
  }
  expect((await ask(many)).deviceKeys).toHaveLength(4);
  expect((await ask(many)).deviceKeys).toHaveLength(4);
  expect(servers.asked.map(({ method }) => method)).toEqual(['POST']);
  await told({ device_id: 'TWO', stream_id: 6, prev_id: [5], keys: keysOf(RHEA, 'TWO') });
  await ask(many);
  expect(servers.asked.map(({ path }) => path).at(-1)).toContain('user/devices');
  expect(servers.asked).toHaveLength(2);
});

it('leaves out devices that nobody wants, and keys under another name', async () => {
  member(RHEA, 'join');
  devices = {
    [RHEA]: { ONE: keysOf(RHEA, 'ONE'), TWO: keysOf(RHEA, 'TWO'), BAD: keysOf('@eve:b.example', 'BAD') },
  };
  expect((await ask([RHEA], ['TWO', 'NONE', 'BAD'])).deviceKeys).toEqual([[RHEA, { TWO: keysOf(RHEA, 'TWO') }]]);
  expect(await devicesOf()).toEqual(['ONE', 'TWO']);
});

it('falls back to a query where there is no list, and tells who could not be reached', async () => {
  member(RHEA, 'join');
  const usual = servers.answer;
  servers.answer = (request) =>
    request.path.includes('user/devices')
      ? { outcome: 'answered', status: 404, body: { errcode: 'M_UNRECOGNIZED' } }
      : usual(request);
  expect(await devicesOf()).toEqual(['ONE']);
  servers.answer = () => ({ outcome: 'unreachable', reason: 'timeout', because: 'too late' });
  const { failures, deviceKeys } = await ask(['@other:b.example', '@x:c.example']);
  expect(Object.keys(failures).sort()).toEqual(['b.example', 'c.example']);
  expect([deviceKeys, await devicesOf()]).toEqual([[], ['ONE']]);
});
