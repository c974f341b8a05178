import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventSigner, RoomVersion } from '@plexus/room-dag';
import type { RoomCommand } from '@plexus/rpc';
import type { RoomRecord } from '@plexus/storage';
import { roomShardOf } from '@plexus/storage';
import {
  PostgresRoomGaps,
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomSummaryProjection,
  PostgresStagedEvents,
  PostgresUserRoomProjection,
} from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCommand,
  buildImportRoom,
  buildMembership,
  buildMessage,
  nextCommandId,
  ROOM_SHARDS,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import type { MadeEvent } from '../../test-support/remote-room.ts';
import { pieceOf, RemoteRoom, stage } from '../../test-support/remote-room.ts';
import { readState } from '../../test-support/remote-server.ts';
import { clearRemovedRooms } from '../housekeeping/clear-removed-rooms.ts';

const RHEA = '@rhea:remote.example';

interface Joining {
  readonly userId?: string;
  readonly state?: readonly MadeEvent[];
  readonly by?: Way;
}

/** How the owner is given a room. */
type Way = 'staged' | 'with the command';

describe.each<Way>(['staged', 'with the command'])('rooms of other servers, %s', (way) => {
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

  function hosted(serverName: string): EventSigner {
    const key = harness.servers.findSigningKey(serverName);
    if (key === undefined) throw new Error(`${serverName} is not hosted`);
    return { serverName, key };
  }

  /** The command by which a room comes here: with the state before a join, and the join, as it stands at the end of the room. */
  async function prepareJoin(
    room: RemoteRoom,
    { userId = ALICE, state = room.state(), by = way }: Joining = {},
  ): Promise<RoomCommand> {
    const join = room.member(userId, 'join', hosted(userId.slice(userId.indexOf(':') + 1)));
    const superseded = room.events.filter(
      ({ event }) => event.stateKey !== undefined && !state.some((s) => s.event === event),
    );
    const auth = superseded.filter(({ event }) => event !== join.event);
    const wish = { importId: nextCommandId(), roomVersion: room.version };
    if (by === 'with the command') {
      const events = [...pieceOf(auth, false), ...pieceOf(state)];
      const [joinEvent] = pieceOf([join], false);
      return buildImportRoom(room.roomId, {
        ...wish,
        events,
        eventsInPieces: events.length,
        ...(joinEvent && { joinEvent }),
      });
    }
    const place = { shard: roomShardOf(room.roomId, ROOM_SHARDS), importId: wish.importId };
    await new PostgresStagedEvents(test.database).stageEvents(
      place,
      stage([
        ['auth', auth],
        ['state', state],
        ['timeline', [join]],
      ]),
    );
    return buildImportRoom(room.roomId, wish);
  }

  function clear(housekeeping: PostgresRoomHousekeeping): Promise<number> {
    return clearRemovedRooms({
      housekeeping,
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      remoteMembers: new PostgresRemoteMemberProjection(test.database),
      shards: harness.persister.shards,
      pause: async () => undefined,
    });
  }

  async function join(room: RemoteRoom, userId = ALICE): Promise<string> {
    const [joined = ''] = await harness.store(await prepareJoin(room, { userId }));
    return joined;
  }

  async function roomOf(roomId: string): Promise<RoomRecord> {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no such room');
    return room;
  }

  it.each<RoomVersion>(['1', '6', '10', '11', '12'])('come here with their state (version %s)', async (version) => {
    const room = new RemoteRoom({ creator: RHEA, version });
    for (let at = 0; at < 30; at += 1) room.member(`@user${at}:other${at % 3}.example`, 'join');
    room.add({ type: 'm.room.name', sender: RHEA, stateKey: '', content: { name: 'Far' } });
    const last = room.last.event.eventId;
    const joined = await join(room);

    const stored = await roomOf(room.roomId);
    expect(stored).toMatchObject({ joinedCount: 32, roomVersion: version });
    const keys = room.state().map(({ event }) => ({ type: event.type, stateKey: event.stateKey ?? '' }));
    const events = await readState(harness.rooms, stored, { root: stored.currentRoot, keys });
    expect(events.map((event) => event?.eventId)).toEqual(room.state().map(({ event }) => event.eventId));
    expect(await harness.rooms.readResidentServers(stored.shard, stored.roomNid)).toEqual(
      new Map([
        ['one.example', 1],
        ['other0.example', 10],
        ['other1.example', 10],
        ['other2.example', 10],
        ['remote.example', 1],
      ]),
    );
    expect(await harness.userRooms.findUserRoom(ALICE, room.roomId)).toMatchObject({
      membership: 'join',
      eventId: joined,
    });
    const query = { shard: stored.shard, roomNid: stored.roomNid, upTo: undefined, limit: 10 };
    expect(await new PostgresRoomGaps(test.database).listBackwardExtremities(query)).toMatchObject([
      { missingEventId: last, eventId: joined },
    ]);
    const [said] = await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    const timeline = await harness.rooms.pageTimeline({ ...query, direction: 'forwards' });
    expect(timeline.map(({ eventId }) => eventId)).toEqual([joined, said]);
    expect(await harness.rooms.findImport(room.roomId)).toBeUndefined();
  });

  it('come here although what is cited was staged after what cites it', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    await harness.store(await prepareJoin(room, { state: room.state().toReversed() }));
    expect(await roomOf(room.roomId)).toMatchObject({ joinedCount: 2 });
  });

  it('are refused where their state does not let the user in, and can be asked for again', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    room.add({ type: 'm.room.join_rules', sender: RHEA, stateKey: '', content: { join_rule: 'invite' } });
    const command = await prepareJoin(room);
    room.takeBack();
    expect(await harness.execute(command)).toMatchObject({
      $case: 'refused',
      value: { httpStatus: 403, rule: 'member.join.not_invited' },
    });
    expect(await harness.rooms.findRoom(room.roomId)).toBeUndefined();
    room.add({ type: 'm.room.join_rules', sender: RHEA, stateKey: '', content: { join_rule: 'public' } });
    await join(room);
    expect(await roomOf(room.roomId)).toMatchObject({ joinedCount: 2 });
  });

  it('that were given up half-way are cleared away, while the room may come again', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    room.add({ type: 'm.room.join_rules', sender: RHEA, stateKey: '', content: { join_rule: 'invite' } });
    const command = await prepareJoin(room, { by: 'staged' });
    room.takeBack();
    await harness.execute(command);
    const shard = roomShardOf(room.roomId, ROOM_SHARDS);
    const begun = await harness.rooms.findImport(room.roomId);
    const remains = async (): Promise<number> => {
      const text = 'select event_nid from events where shard = $1 and room_nid = $2';
      return (await test.database.query(text, [shard, begun?.roomNid ?? 0])).rows.length;
    };
    const housekeeping = new PostgresRoomHousekeeping(test.database);
    expect(await housekeeping.listAbandonedImports(shard, 86_400_000, 10)).toEqual([]);
    await test.database.query(`update room_imports set begun_at = now() - interval '2 days'`, []);
    const [abandoned] = await housekeeping.listAbandonedImports(shard, 86_400_000, 10);
    if (abandoned === undefined) throw new Error('the import is there');
    harness.persister.giveUpImport(abandoned);
    await vi.waitFor(async () => expect(await harness.rooms.findImport(room.roomId)).toBeUndefined());
    expect(await remains()).toBeGreaterThan(0);

    expect([await clear(housekeeping), await remains()]).toEqual([1, 0]);
    room.add({ type: 'm.room.join_rules', sender: RHEA, stateKey: '', content: { join_rule: 'public' } });
    await join(room);
    expect((await roomOf(room.roomId)).roomNid).not.toBe(begun?.roomNid);
    expect(await harness.userRooms.findUserRoom(ALICE, room.roomId)).toMatchObject({ membership: 'join' });
    await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
  });

  it('come again after an administrator has removed them', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    await join(room);
    const remove = { $case: 'removeRoom' as const, value: { force: true } };
    await harness.store(buildCommand(room.roomId, remove));
    const housekeeping = new PostgresRoomHousekeeping(test.database);
    await clear(housekeeping);
    await join(room, BOB);
    await harness.store(buildMessage(room.roomId, BOB, 'here again'));
    expect(await roomOf(room.roomId)).toMatchObject({ joinedCount: 3 });
  });

  it('leave out of their state what its own auth events do not allow', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    const intruder = room.build({
      type: 'm.room.power_levels',
      sender: '@mallory:remote.example',
      stateKey: '',
      content: { users: { '@mallory:remote.example': 100 } },
    });
    await harness.store(await prepareJoin(room, { state: [...room.state(), intruder] }));
    const stored = await roomOf(room.roomId);
    const keys = [{ type: 'm.room.power_levels', stateKey: '' }];
    const [levels] = await readState(harness.rooms, stored, { root: stored.currentRoot, keys });
    expect(levels?.eventId).not.toBe(intruder.event.eventId);
    const found = await harness.rooms.findEventsById(stored.shard, stored.roomNid, [intruder.event.eventId]);
    expect(found.get(intruder.event.eventId)?.status).toBe('rejected');
  });

  it('answer a repeated command as the first time', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    const command = await prepareJoin(room);
    const first = await harness.store(command);
    const before = await roomOf(room.roomId);
    expect(await harness.store(command)).toEqual(first);
    expect(await roomOf(room.roomId)).toEqual(before);
  });

  it('go on with the state that was received when somebody comes back after nobody was here', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    await join(room);
    const [left = ''] = await harness.store(buildMembership(room.roomId, { sender: ALICE, membership: 'leave' }));
    const former = await roomOf(room.roomId);
    room.add({ type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: 'while you were away' } });
    const again = await join(room, BOB);
    const stored = await roomOf(room.roomId);
    const events = await harness.rooms.findEvents(stored.shard, stored.forwardExtremities);
    expect([...events.values()].map(({ eventId }) => eventId)).toEqual([again]);
    expect(stored.roomNid).toBe(former.roomNid);
    const keys = [
      { type: 'm.room.topic', stateKey: '' },
      { type: 'm.room.member', stateKey: ALICE },
    ];
    const [topic, alice] = await readState(harness.rooms, stored, { root: stored.currentRoot, keys });
    expect(topic?.json.toString()).toContain('while you were away');
    expect(alice?.eventId).not.toBe(left);
    const timeline = await harness.rooms.pageTimeline({ ...stored, direction: 'backwards', limit: 2 });
    expect(timeline.map(({ eventId }) => eventId)).toEqual([again, left]);
    await harness.store(buildMessage(room.roomId, BOB, 'back'));
  });

  it('take the join of another hosted server like any event while one is here', async () => {
    const room = new RemoteRoom({ creator: RHEA });
    await join(room);
    const [said = ''] = await harness.store(buildMessage(room.roomId, ALICE, 'hello'));
    room.add({ type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: 'new' } });
    const joined = await join(room, BOB);
    const stored = await roomOf(room.roomId);
    expect(stored).toMatchObject({ joinedCount: 3 });
    const events = await harness.rooms.findEvents(stored.shard, stored.forwardExtremities);
    expect(new Set([...events.values()].map(({ eventId }) => eventId))).toEqual(new Set([said, joined]));
    const [topic] = await readState(harness.rooms, stored, {
      root: stored.currentRoot,
      keys: [{ type: 'm.room.topic', stateKey: '' }],
    });
    expect(topic?.json.toString()).toContain('new');
  });
});
