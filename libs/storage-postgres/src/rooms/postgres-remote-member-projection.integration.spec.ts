import type { RemoteMember, RemoteMemberState, RemoteMemberStep } from '@plexus/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresRemoteMemberProjection } from './postgres-remote-member-projection.ts';

const ROOM = { shard: 1, roomNid: 7 };

let test: TestDatabase;
let projection: PostgresRemoteMemberProjection;
beforeEach(async () => {
  test = await createTestDatabase();
  projection = new PostgresRemoteMemberProjection(test.database);
  await projection.beginRoom({ ...ROOM, roomId: '!a' });
});
afterEach(() => test.drop());

function member(name: string, displayName?: string): RemoteMember {
  return { userId: `@${name}:far.example`, eventNid: 5, displayName, avatarUrl: undefined };
}

function whole(root: number): RemoteMemberState {
  return { root, nextRoot: undefined };
}

function step(from: number, to: number, change: Partial<RemoteMemberStep> = {}): RemoteMemberStep {
  return { ...ROOM, epoch: 3, from: whole(from), to: whole(to), joined: [], gone: [], ...change };
}

/** Which transaction wrote each row. */
async function versions(): Promise<unknown> {
  return (await test.database.query('select user_id, xmin::text from remote_members order by 1', [])).rows;
}

async function users(): Promise<string[]> {
  const { rows } = await test.database.query<{ user_id: string }>('select user_id from remote_members order by 1', []);
  return rows.map((row) => row.user_id);
}

describe('steps of the members of a room', () => {
  it('are taken where they lead on from what is stored, each once', async () => {
    const come = step(0, 10, { joined: [member('a'), member('b')] });
    expect(await projection.takeSteps([come])).toEqual([ROOM]);
    expect(await projection.takeSteps([{ ...come, joined: [member('c')] }])).toEqual([]);
    expect(await projection.takeSteps([step(10, 11, { joined: [member('c')], gone: ['@a:far.example'] })])).toEqual([
      ROOM,
    ]);
    expect(await users()).toEqual(['@b:far.example', '@c:far.example']);
    expect(await projection.findRoom(ROOM)).toEqual({ ...ROOM, root: 11, nextRoot: undefined });
  });

  it('are not taken of a room that is on its way to another state', async () => {
    const half = step(0, 0, { to: { root: 0, nextRoot: 10 }, joined: [member('a')] });
    expect(await projection.takeSteps([half])).toEqual([ROOM]);
    expect(await projection.takeSteps([step(0, 12, { joined: [member('b')] })])).toEqual([]);
    const rest = step(0, 10, { from: { root: 0, nextRoot: 10 }, joined: [member('c')] });
    expect(await projection.takeSteps([rest])).toEqual([ROOM]);
    expect(await users()).toEqual(['@a:far.example', '@c:far.example']);
  });

  it('are not taken of an earlier owner after a later one', async () => {
    await projection.takeSteps([step(0, 10, { epoch: 4 })]);
    expect(await projection.takeSteps([step(10, 9, { epoch: 3 })])).toEqual([]);
    expect(await projection.takeSteps([step(10, 11, { epoch: 4 })])).toEqual([ROOM]);
  });

  it('are taken of several rooms at once, of those that fit', async () => {
    const other = { shard: 2, roomNid: 7 };
    await projection.beginRoom({ ...other, roomId: '!b' });
    const taken = await projection.takeSteps([
      step(5, 6, { joined: [member('a')] }),
      step(0, 6, { ...other, joined: [member('b')] }),
    ]);
    expect([taken, await users()]).toEqual([[other], ['@b:far.example']]);
  });

  it('change nothing about who stays as they were', async () => {
    await projection.takeSteps([step(0, 10, { joined: [member('a', 'Ada'), member('b')] })]);
    const before = await versions();
    await projection.takeSteps([step(10, 11, { joined: [member('a', 'Ada'), member('b')] })]);
    expect(await versions()).toEqual(before);
  });
});

it('names are forgotten where it is the redacted event that said them', async () => {
  await projection.takeSteps([step(0, 10, { joined: [member('a', 'Ada'), member('b', 'Ben')] })]);
  const redacted = { ...ROOM, userId: '@a:far.example', eventNid: 5 };
  await projection.forgetNames([redacted, { ...redacted, userId: '@b:far.example', eventNid: 4 }]);
  const { rows } = await test.database.query('select user_id, displayname from remote_members order by 1', []);
  expect(rows).toMatchObject([{ displayname: null }, { displayname: 'Ben' }]);
});

it('rooms are listed by their numbers, and go a piece at a time', async () => {
  await projection.beginRoom({ shard: 1, roomNid: 8, roomId: '!b' });
  await projection.takeSteps([step(0, 10, { joined: [member('a'), member('b'), member('c')] })]);
  expect(await projection.listRooms(1, [6, 7])).toEqual([{ ...ROOM, root: 10, nextRoot: undefined }]);
  expect(await projection.removeRoom(ROOM, 2)).toBe(2);
  expect(await projection.takeSteps([step(10, 11, { joined: [member('d')] })])).toEqual([]);
  expect(await projection.removeRoom(ROOM, 2)).toBe(1);
  expect(await projection.removeRoom(ROOM, 2)).toBe(0);
  expect(await projection.listRooms(1, [7, 8])).toMatchObject([{ roomNid: 8 }]);
});

describe('how far the log of a shard was followed', () => {
  it('is what the latest owner has noted', async () => {
    expect(await projection.findProgress(1)).toBeUndefined();
    const noted = { shard: 1, generation: 1, position: 20 };
    await projection.storeProgress([
      { ...noted, epoch: 4 },
      { ...noted, shard: 2, epoch: 1 },
    ]);
    expect(await projection.findProgress(1)).toEqual(noted);
    await projection.storeProgress([
      { ...noted, position: 30, epoch: 3 },
      { ...noted, shard: 2, position: 30, epoch: 1 },
    ]);
    expect(await projection.findProgress(1)).toEqual(noted);
    expect(await projection.findProgress(2)).toEqual({ ...noted, shard: 2, position: 30 });
    await projection.storeProgress([{ ...noted, generation: 2, position: 10, epoch: 5 }]);
    expect(await projection.findProgress(1)).toEqual({ ...noted, generation: 2, position: 10 });
  });
});
