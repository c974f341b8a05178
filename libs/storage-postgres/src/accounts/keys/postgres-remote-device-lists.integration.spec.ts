import { FakeRemoteDeviceLists } from '@plexus/testing';
import type { RemoteDeviceList, RemoteDeviceListRepository, RemoteDeviceListWriter } from '@plexus/storage';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../../tests/support/test-database.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import { PostgresDeviceLists } from './postgres-device-lists.ts';
import { PostgresRemoteDeviceLists } from './postgres-remote-device-lists.ts';

type Lists = RemoteDeviceListRepository & RemoteDeviceListWriter;

let database: PostgresDatabase;
let lastUser = 0;
beforeAll(async () => {
  const made = await createTestDatabase();
  database = made.database;
  return made.drop;
});

const anchor = { roomId: '!r:b.example', memberNid: 7, serverName: 'one.example', residentSince: 3 };

function aUser(): string {
  return `@r${++lastUser}:b.example`;
}

function aList(userId: string, changes: Partial<RemoteDeviceList> = {}): RemoteDeviceList {
  return { userId, streamId: 5, includesUpTo: 0, keys: '{"devices":{}}', anchor, ...changes };
}

function update(content: string) {
  return { content, gap: 'gap' };
}

describe.each<[string, () => Lists]>([
  ['PostgresRemoteDeviceLists', () => new PostgresRemoteDeviceLists(database)],
  ['FakeRemoteDeviceLists', () => new FakeRemoteDeviceLists()],
])('%s', (_name, open) => {
  it('records no change of a list that nobody has asked for', async () => {
    const [lists, userId] = [open(), aUser()];
    expect(await lists.recordChange(userId, update('one'))).toBe(false);
    expect(await lists.track([userId])).toEqual(new Map([[userId, 0]]));
    expect(await lists.findLists([userId])).toEqual([]);
    expect(await lists.recordChange(userId, update('two'))).toBe(true);
  });

  it('gives a list with what came after it, in order', async () => {
    const [lists, userId, other] = [open(), aUser(), aUser()];
    await lists.track([userId, other]);
    await lists.recordChange(userId, update('before'));
    const before = (await lists.track([userId])).get(userId) ?? 0;
    await lists.storeLists([aList(userId, { includesUpTo: before }), aList(other, { streamId: undefined })]);
    for (const content of ['one', 'two']) await lists.recordChange(userId, update(content));
    const [found] = await lists.findLists([userId]);
    expect(found).toMatchObject({ ...aList(userId, { includesUpTo: before }) });
    expect(found?.updates.map(({ content }) => content)).toEqual(['one', 'two']);
    expect(found?.lastChange).toBe(found?.updates.at(-1)?.position);
    expect(await lists.findLists([other, aUser()])).toEqual([
      { ...aList(other, { streamId: undefined }), lastChange: 0, updates: [] },
    ]);
  });

  it('keeps the list that includes more, and none of a user who is not tracked', async () => {
    const [lists, userId, untracked] = [open(), aUser(), aUser()];
    await lists.track([userId]);
    await lists.recordChange(userId, update('one'));
    const after = (await lists.track([userId])).get(userId) ?? 0;
    await lists.storeLists([aList(userId, { includesUpTo: after, keys: '"new"' })]);
    await lists.storeLists([aList(userId, { keys: '"old"' }), aList(untracked)]);
    expect((await lists.findLists([userId, untracked])).map(({ keys }) => keys)).toEqual(['"new"']);
  });

  it('puts a gap in the place of many changes', async () => {
    const [lists, userId] = [open(), aUser()];
    await lists.track([userId]);
    await lists.storeLists([aList(userId)]);
    for (let count = 0; count < 20; count += 1) await lists.recordChange(userId, update(`${count}`));
    expect((await lists.findLists([userId]))[0]?.updates).toHaveLength(20);
    await lists.recordChange(userId, update('one more'));
    expect((await lists.findLists([userId]))[0]?.updates.map(({ content }) => content)).toEqual(['gap']);
  });
});

it('orders changes among those of hosted users', async () => {
  const [lists, userId] = [new PostgresRemoteDeviceLists(database), aUser()];
  const changes = new PostgresDeviceLists(database);
  const begin = await changes.readDeviceListPosition();
  await lists.track([userId]);
  await lists.recordChange(userId, update('one'));
  expect(await changes.readDeviceListChanges(begin, 10)).toEqual([{ userId, position: begin + 1, seenBy: undefined }]);
  expect(await changes.findLastChange(userId)).toBe(begin + 1);
});
