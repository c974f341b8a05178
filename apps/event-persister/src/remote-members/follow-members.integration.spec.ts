import { RedactionReader, StateReader } from '@plexus/room-view';
import { roomShardOf } from '@plexus/storage';
import type { RemoteMemberProjection, RoomRecord, RoomStateLister } from '@plexus/storage';
import {
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomOwnerReader,
  PostgresRoomStateLister,
  PostgresRoomSummaryProjection,
  PostgresStagedEvents,
  PostgresUserRoomProjection,
} from '@plexus/storage-postgres';
import { FakeCache, FakeHostedServers } from '@plexus/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCommand,
  buildCreateRoom,
  buildImportRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
  nextCommandId,
  ROOM_SHARDS,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, realClock, startPersister } from '../../test-support/persister-harness.ts';
import { RemoteRoom, stage } from '../../test-support/remote-room.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';
import { clearRemovedRooms } from '../housekeeping/clear-removed-rooms.ts';
import { FollowMembers, NO_MEMBERS } from './follow-members.ts';
import type { MemberFollower } from './follow-members.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';
const SOON = { timeout: 20_000, interval: 10 };

let test: TestDatabase;
let servers: FakeHostedServers;
let failures: unknown[];
let harness: PersisterHarness | undefined;
let remote: RemoteServer;
let steps: number;
let offset: number;
beforeEach(async () => {
  test = await createTestDatabase();
  servers = new FakeHostedServers(['one.example', 'two.example', 'three.example']);
  failures = [];
  [steps, offset] = [0, 0];
});
afterEach(async () => {
  await harness?.stop();
  harness = undefined;
  await test.drop();
  if (failures.length > 0) throw new AggregateError(failures, 'members could not be stored');
});

interface Stored {
  readonly room_nid: number;
  readonly user_id: string;
  readonly displayname: string | null;
}

function follower(change: Partial<RemoteMemberProjection> = {}, lister: Partial<RoomStateLister> = {}): MemberFollower {
  const states = new PostgresRoomStateLister(test.database);
  const rooms = new PostgresRoomOwnerReader(test.database, ROOM_SHARDS);
  const projection = new PostgresRemoteMemberProjection(test.database);
  const counted: RemoteMemberProjection = {
    listRooms: (...args) => projection.listRooms(...args),
    findProgress: (shard) => projection.findProgress(shard),
    storeProgress: (shards) => projection.storeProgress(shards),
    findRoom: (room) => projection.findRoom(room),
    beginRoom: (room) => projection.beginRoom(room),
    takeSteps: (taken) => {
      steps += taken.length;
      return projection.takeSteps(taken);
    },
    forgetNames: (redacted) => projection.forgetNames(redacted),
    removeRoom: (room, limit) => projection.removeRoom(room, limit),
    ...change,
  };
  return new FollowMembers(
    {
      projection: counted,
      states: {
        listRooms: (...args) => states.listRooms(...args),
        listChangedRooms: (...args) => states.listChangedRooms(...args),
        ...lister,
      },
      rooms,
      redactions: new RedactionReader(rooms, new StateReader(rooms, new FakeCache())),
      servers,
      clock: realClock,
      failed: (error) => failures.push(error),
    },
    { roundMs: 5, restMs: 0, pauseMs: 0, noteMs: 0 },
  );
}

/** A persister with this follower, instead of the one before. */
async function start(members: MemberFollower = follower()): Promise<PersisterHarness> {
  await harness?.stop();
  harness = await startPersister(test, { ports: { members }, servers });
  offset += 1_000;
  remote = new RemoteServer(harness, offset);
  return harness;
}

async function stored(): Promise<Stored[]> {
  const { rows } = await test.database.query<Stored>(
    'select room_nid, user_id, displayname from remote_members order by user_id',
    [],
  );
  return rows;
}

async function names(): Promise<Record<string, string | null>> {
  return Object.fromEntries((await stored()).map((row) => [row.user_id, row.displayname]));
}

async function find(word: string): Promise<string[]> {
  const text = `select user_id from remote_members where search_words @@ $1::tsquery order by user_id`;
  return (await test.database.query<{ user_id: string }>(text, [`'${word}':*`])).rows.map((row) => row.user_id);
}

async function createRoom(persister: PersisterHarness): Promise<string> {
  const { roomId, command } = buildCreateRoom({ creator: ALICE }, persister.servers);
  await persister.store(command);
  await persister.store(buildSend(roomId, buildState('m.room.join_rules', '', ALICE, { join_rule: 'public' })));
  return roomId;
}

function come(roomId: string, userId: string, displayname?: string): Promise<string> {
  const content = { membership: 'join', ...(displayname !== undefined && { displayname }) };
  return remote.send(roomId, { type: 'm.room.member', sender: userId, stateKey: userId, content });
}

async function roomOf(roomId: string): Promise<RoomRecord> {
  const room = await harness?.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('no room');
  return room;
}

/** Resolves when what is stored is of the room's state as it is. */
async function untilStored(roomId: string): Promise<void> {
  await vi.waitFor(async () => {
    const { shard, roomNid, currentRoot } = await roomOf(roomId);
    const room = await new PostgresRemoteMemberProjection(test.database).findRoom({ shard, roomNid });
    expect(room).toMatchObject({ root: currentRoot, nextRoot: undefined });
  }, SOON);
}

async function refuse(): Promise<never> {
  throw new Error('all rooms were looked at');
}

/** Resolves when it is noted of each shard that its whole log was followed. */
async function untilNoted(): Promise<void> {
  const projection = new PostgresRemoteMemberProjection(test.database);
  await vi.waitFor(async () => {
    const positions = await new PostgresRoomOwnerReader(test.database, ROOM_SHARDS).readPositions();
    const noted = await Promise.all(positions.map((_, shard) => projection.findProgress(shard)));
    expect(noted.map((progress) => progress?.position)).toEqual(positions);
  }, SOON);
}

/** Of what is stored by hand nobody knows how far it goes. */
async function forgetProgress(): Promise<void> {
  await untilNoted();
  await test.database.query('delete from remote_member_progress', []);
}

/** Brings a room of another server here, with its state. */
async function importRoom(
  room: RemoteRoom,
  state: readonly MadeEvent[],
  { join, ...partial }: { readonly join: MadeEvent; readonly partial?: boolean; readonly serversInRoom?: string[] },
): Promise<void> {
  const importId = nextCommandId();
  const place = { shard: roomShardOf(room.roomId, ROOM_SHARDS), importId };
  const superseded = room.events.filter(
    ({ event }) => event.stateKey !== undefined && event !== join.event && !state.some((each) => each.event === event),
  );
  await new PostgresStagedEvents(test.database).stageEvents(
    place,
    stage([
      ['auth', partial.partial === true ? [] : superseded],
      ['state', state],
      ['timeline', [join]],
    ]),
  );
  await harness?.store(buildImportRoom(room.roomId, { importId, roomVersion: room.version, ...partial }));
}

function joinOf(room: RemoteRoom): MadeEvent {
  const key = servers.findSigningKey('one.example');
  if (key === undefined) throw new Error('no key');
  return room.member(ALICE, 'join', { serverName: 'one.example', key });
}

function farRoom(members: number): RemoteRoom {
  const room = new RemoteRoom({ creator: RHEA });
  for (let at = 0; at < members; at += 1) {
    const userId = `@user${at}:other${at % 3}.example`;
    const content = { membership: 'join', displayname: `User ${at}` };
    room.add({ type: 'm.room.member', sender: userId, stateKey: userId, content });
  }
  return room;
}

describe('members of other servers', () => {
  it('are stored as they come, with the names that they have in the room, and gone when they leave or are banned', async () => {
    const { store } = await start();
    const roomId = await createRoom(harness as PersisterHarness);
    await come(roomId, RHEA, 'Rhea of the Ashes');
    await come(roomId, RICK);
    await expect.poll(names, SOON).toEqual({ [RHEA]: 'Rhea of the Ashes', [RICK]: null });
    expect([await find('ashes'), await find('ric'), await find('remote')]).toEqual([[RHEA], [RICK], []]);
    await come(roomId, RHEA, 'Rhea');
    await store(buildMembership(roomId, { sender: ALICE, target: RICK, membership: 'ban' }));
    await expect.poll(names, SOON).toEqual({ [RHEA]: 'Rhea' });
    expect(await find('ashes')).toEqual([]);
    await remote.send(roomId, {
      type: 'm.room.member',
      sender: RHEA,
      stateKey: RHEA,
      content: { membership: 'leave' },
    });
    await expect.poll(names, SOON).toEqual({});
    await untilStored(roomId);
  });

  it('cost nothing where none comes or goes', async () => {
    const { store } = await start();
    const local = await createRoom(harness as PersisterHarness);
    await store(buildMembership(local, { sender: BOB, membership: 'join' }));
    await store(buildMembership(local, { sender: ALICE, target: RHEA, membership: 'ban' }));
    const mixed = await createRoom(harness as PersisterHarness);
    await come(mixed, RHEA);
    await untilStored(mixed);
    const before = steps;
    await store(buildMembership(mixed, { sender: BOB, membership: 'join' }));
    for (let at = 0; at < 20; at += 1) await store(buildMessage(mixed, ALICE, `${at}`));
    await come(mixed, RICK);
    await untilStored(mixed);
    expect(steps).toBe(before + 1);
    expect((await stored()).map((row) => row.user_id)).toEqual([RHEA, RICK]);
    const { rows } = await test.database.query('select 1 from remote_member_rooms', []);
    expect(rows).toHaveLength(1);
  });

  it('lose the names that are redacted', async () => {
    const { store } = await start();
    const roomId = await createRoom(harness as PersisterHarness);
    const first = await come(roomId, RHEA, 'An insult');
    await come(roomId, RICK, 'Rick');
    await untilStored(roomId);
    await store(buildSend(roomId, { ...buildProto('m.room.redaction', ALICE, {}), redacts: first }));
    await expect.poll(names, SOON).toEqual({ [RHEA]: null, [RICK]: 'Rick' });
    expect([await find('insult'), await find('rhea')]).toEqual([[], [RHEA]]);
    await test.database.query('delete from remote_member_rooms', []);
    await forgetProgress();
    await start();
    await untilStored(roomId);
    expect(await names()).toEqual({ [RHEA]: null, [RICK]: 'Rick' });
  });

  it('come with rooms of other servers, a piece at a time, and with their state where it was omitted', async () => {
    await start();
    const whole = farRoom(900);
    const state = whole.state();
    await importRoom(whole, state, { join: joinOf(whole) });
    await untilStored(whole.roomId);
    expect(await stored()).toHaveLength(901);
    expect(await names()).toMatchObject({ '@user7:other1.example': 'User 7' });
    expect(steps).toBeGreaterThan(4);

    const partial = farRoom(30);
    const complete = partial.state();
    const needed = complete.filter(({ event }) => event.type !== 'm.room.member' || event.stateKey === RHEA);
    const join = joinOf(partial);
    const serversInRoom = ['remote.example', 'other0.example', 'other1.example', 'other2.example'];
    await importRoom(partial, needed, { join, partial: true, serversInRoom });
    await untilStored(partial.roomId);
    expect(await stored()).toHaveLength(902);
    await importRoom(partial, complete, { join, partial: false });
    await untilStored(partial.roomId);
    expect(await stored()).toHaveLength(932);
  });

  it('are found by the walk where nobody stored them: an earlier release, or a process that has died', async () => {
    await start(NO_MEMBERS);
    const roomId = await createRoom(harness as PersisterHarness);
    for (let at = 0; at < 5; at += 1) await come(roomId, `@user${at}:remote.example`, `User ${at}`);
    await createRoom(harness as PersisterHarness);
    expect(await stored()).toEqual([]);
    await start();
    await untilStored(roomId);
    expect(await stored()).toHaveLength(5);

    await start(NO_MEMBERS);
    await remote.send(roomId, {
      type: 'm.room.member',
      sender: '@user1:remote.example',
      stateKey: '@user1:remote.example',
      content: { membership: 'leave' },
    });
    await come(roomId, RICK, 'Rick');
    await start();
    await untilStored(roomId);
    expect(await names()).toMatchObject({ '@user0:remote.example': 'User 0', [RICK]: 'Rick' });
    expect(Object.keys(await names())).not.toContain('@user1:remote.example');
    const { rows } = await test.database.query('select 1 from remote_member_rooms', []);
    expect(rows).toHaveLength(1);
  });

  describe('of a shard whose log was followed to some position', () => {
    let roomId: string;
    beforeEach(async () => {
      const persister = await start();
      roomId = await createRoom(persister);
      await createRoom(persister);
      await come(roomId, RHEA, 'Rhea');
      await untilStored(roomId);
      await untilNoted();
      await start(NO_MEMBERS);
      await come(roomId, RICK, 'Rick');
    });

    it('are found by the rows that came since, without looking at the other rooms', async () => {
      const looked: string[][] = [];
      const states = new PostgresRoomStateLister(test.database);
      const listChangedRooms: RoomStateLister['listChangedRooms'] = async (...args) => {
        const rooms = await states.listChangedRooms(...args);
        if (rooms !== undefined && rooms.length > 0) looked.push(rooms.map((room) => room.roomId));
        return rooms;
      };
      await start(follower({}, { listRooms: refuse, listChangedRooms }));
      await untilStored(roomId);
      expect(await names()).toEqual({ [RHEA]: 'Rhea', [RICK]: 'Rick' });
      expect(looked).toEqual([[roomId]]);
    });

    it('are looked for in all rooms where too many rows came since, or in a new generation', async () => {
      let whole = 0;
      const states = new PostgresRoomStateLister(test.database);
      const listRooms: RoomStateLister['listRooms'] = (...args) => {
        whole += 1;
        return states.listRooms(...args);
      };
      await start(follower({}, { listRooms, listChangedRooms: async () => undefined }));
      await untilStored(roomId);
      expect(whole).toBeGreaterThan(0);

      await untilNoted();
      await start(NO_MEMBERS);
      await test.database.query('update remote_member_progress set generation = generation - 1', []);
      whole = 0;
      await start(follower({}, { listRooms }));
      await vi.waitFor(() => expect(whole).toBeGreaterThan(0), SOON);
    });

    it('are not noted as stored while they are not', async () => {
      const { shard } = await roomOf(roomId);
      const before = await new PostgresRemoteMemberProjection(test.database).findProgress(shard);
      await start(follower({ takeSteps: async () => [] }));
      const other = await createRoom(harness as PersisterHarness);
      await come(other, RHEA);
      await vi.waitFor(() => expect(steps).toBeGreaterThan(0), SOON);
      expect(await new PostgresRemoteMemberProjection(test.database).findProgress(shard)).toEqual(before);
    });
  });

  it('are all there although it broke off in the middle, and the room went on', async () => {
    const projection = new PostgresRemoteMemberProjection(test.database);
    let pieces = 0;
    await start(
      follower({
        async takeSteps(taken) {
          pieces += taken.length;
          return pieces <= 2 ? projection.takeSteps(taken) : [];
        },
      }),
    );
    const room = farRoom(900);
    const join = joinOf(room);
    await importRoom(
      room,
      room.state().filter(({ event }) => event !== join.event),
      { join },
    );
    await vi.waitFor(() => expect(pieces).toBeGreaterThan(2), SOON);
    expect((await stored()).length).toBeGreaterThan(0);
    expect((await stored()).length).toBeLessThan(901);
    await start(NO_MEMBERS);
    await harness?.store(buildMembership(room.roomId, { sender: BOB, membership: 'join' }));
    await start();
    await untilStored(room.roomId);
    expect(await stored()).toHaveLength(901);
  });

  it('are stored anew where the state that they were of is gone', async () => {
    await start();
    const roomId = await createRoom(harness as PersisterHarness);
    await come(roomId, RHEA);
    await untilStored(roomId);
    await test.database.query(
      `insert into remote_members select shard, room_nid, '@gone:remote.example', 1, null, null, ''
      from remote_member_rooms`,
      [],
    );
    await test.database.query('update remote_member_rooms set root = 999999', []);
    await forgetProgress();
    await start();
    await untilStored(roomId);
    expect(await names()).toEqual({ [RHEA]: null });
  });

  it('are tried again where they could not be stored', async () => {
    const projection = new PostgresRemoteMemberProjection(test.database);
    let isAway = true;
    await start(
      follower({
        async takeSteps(taken) {
          if (isAway) throw new Error('away');
          return projection.takeSteps(taken);
        },
      }),
    );
    const roomId = await createRoom(harness as PersisterHarness);
    await come(roomId, RHEA);
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(0), SOON);
    isAway = false;
    await expect.poll(names, SOON).toEqual({ [RHEA]: null });
    failures = [];
  });

  it('go with their room', async () => {
    const { store, persister } = await start();
    const roomId = await createRoom(harness as PersisterHarness);
    await come(roomId, RHEA);
    await untilStored(roomId);
    await store(buildCommand(roomId, { $case: 'removeRoom', value: { force: true } }));
    await clearRemovedRooms({
      housekeeping: new PostgresRoomHousekeeping(test.database),
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      remoteMembers: new PostgresRemoteMemberProjection(test.database),
      shards: persister.shards,
      pause: async () => undefined,
    });
    expect(await stored()).toEqual([]);
    const { rows } = await test.database.query('select 1 from remote_member_rooms', []);
    expect(rows).toEqual([]);
  });
});
