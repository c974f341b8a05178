import type { NewDeviceKeys } from '@plexus/storage';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/test-database.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import { PostgresSessions } from '../postgres-sessions.ts';
import { PostgresUsers } from '../postgres-users.ts';
import { PostgresCrossSigning } from './postgres-cross-signing.ts';
import { PostgresDehydratedDevices } from './postgres-dehydrated-devices.ts';
import { PostgresDeviceKeys } from './postgres-device-keys.ts';
import { PostgresDeviceLists } from './postgres-device-lists.ts';

const ROOM = '!room:one.example';

let database: PostgresDatabase;
let lists: PostgresDeviceLists;
let alice: string;
let bob: string;
let begin: number;
let users = 0;

beforeAll(async () => {
  const made = await createTestDatabase();
  database = made.database;
  lists = new PostgresDeviceLists(database);
  return made.drop;
});
beforeEach(async () => {
  [alice, bob] = [await addUser(), await addUser()];
  begin = await lists.readDeviceListPosition();
});

async function addUser(): Promise<string> {
  const userId = `@l${++users}:one.example`;
  await new PostgresUsers(database).addUser({ userId, passwordHash: 'hash' });
  await openDevice(userId, 'D');
  return userId;
}

async function openDevice(userId: string, deviceId: string): Promise<void> {
  const tokenHash = Buffer.from(`${userId} ${deviceId}`);
  await new PostgresSessions(database).openSession({ userId, deviceId, deviceDisplayName: undefined, tokenHash });
}

async function upload(userId: string, keys: Partial<NewDeviceKeys> = { deviceKeys: '{"d":1}' }): Promise<void> {
  const none = { deviceKeys: undefined, oneTimeKeys: [], fallbackKeys: [] };
  await new PostgresDeviceKeys(database).storeKeys({ userId, deviceId: 'D', ...none, ...keys });
}

async function changes(): Promise<[userId: string, seenBy: string | undefined][]> {
  const found = await lists.readDeviceListChanges(begin, 100);
  return found.map(({ userId, seenBy }) => [userId, seenBy]);
}

async function join(userId: string): Promise<void> {
  await database.query(
    `insert into user_rooms (user_id, room_id, shard, room_nid, membership, sender, event_id, position)
     values ($1, $2, 0, 1, 'join', $1, '$e', 1)`,
    [userId, ROOM],
  );
}

it('gives each change the next position, also where many are made at once', async () => {
  const many = await Promise.all(Array.from({ length: 10 }, () => addUser()));
  await Promise.all(many.map((userId) => upload(userId)));
  const found = await lists.readDeviceListChanges(begin, 100);
  expect(found.map(({ position }) => position)).toEqual(many.map((_userId, index) => begin + index + 1));
  expect(await lists.readDeviceListPosition()).toBe(begin + 10);
  expect((await lists.readDeviceListChanges(begin + 4, 3)).map(({ position }) => position - begin)).toEqual([5, 6, 7]);
});

it('keeps the last change of a user, and none where nothing changed', async () => {
  await upload(alice);
  await upload(alice);
  await upload(alice, { oneTimeKeys: [{ algorithm: 'a', keyId: 'k', key: '"k"' }] });
  expect(await lists.readDeviceListPosition()).toBe(begin + 1);
  await upload(bob);
  await upload(alice, { deviceKeys: '{"d":2}' });
  expect(await changes()).toEqual([
    [bob, undefined],
    [alice, undefined],
  ]);
});

it('counts the removal of a device with keys, and of no other', async () => {
  const sessions = new PostgresSessions(database);
  await upload(alice);
  await openDevice(alice, 'E');
  const before = await lists.readDeviceListPosition();
  await sessions.removeDevices(alice, ['E']);
  expect(await lists.readDeviceListPosition()).toBe(before);
  await sessions.removeDevices(alice, ['D']);
  expect(await lists.readDeviceListPosition()).toBe(before + 1);
});

it('counts a dehydrated device that comes, and that goes', async () => {
  const dehydrated = new PostgresDehydratedDevices(database);
  const keys = { deviceKeys: '{"z":1}', oneTimeKeys: [], fallbackKeys: [] };
  const device = { userId: alice, deviceId: 'Z', deviceData: '{}', displayName: undefined, ...keys };
  await dehydrated.storeDehydratedDevice(device);
  const stored = await lists.readDeviceListPosition();
  expect(stored).toBeGreaterThan(begin);
  await dehydrated.removeDehydratedDevice(alice);
  expect(await lists.readDeviceListPosition()).toBe(stored + 1);
  expect(await changes()).toEqual([[alice, undefined]]);
});

it('shows a signature of another user’s key to its signer alone', async () => {
  const signature = { userId: bob, keyId: 'M', signerUserId: alice, signerKeyId: 'ed25519:U', signature: 's' };
  await new PostgresCrossSigning(database).storeSignatures([signature]);
  expect(await changes()).toEqual([[bob, alice]]);
  const query = { roomIds: [ROOM], after: begin };
  expect(await lists.findChangedUsers({ viewer: alice, ...query })).toEqual([bob]);
  expect(await lists.findChangedUsers({ viewer: bob, ...query })).toEqual([]);
});

it('finds who changed of those in the rooms of the viewer, and the viewer', async () => {
  const carol = await addUser();
  await join(bob);
  for (const userId of [alice, bob, carol]) await upload(userId);
  const found = await lists.findChangedUsers({ viewer: alice, roomIds: [ROOM, '!other'], after: begin });
  expect(found.toSorted()).toEqual([alice, bob].toSorted());
  const later = await lists.readDeviceListPosition();
  expect(await lists.findChangedUsers({ viewer: alice, roomIds: [ROOM], after: later })).toEqual([]);
});
