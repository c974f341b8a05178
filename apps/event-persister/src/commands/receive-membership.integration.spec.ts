import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeMembershipWithoutRoom } from '@plexus/storage';
import type { UserRoom } from '@plexus/storage';
import { RoomLogKind } from '@plexus/topics';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { buildCreateRoom, buildReceiveMembership } from '../../test-support/commands.ts';
import { RemoteServer } from '../../test-support/remote-server.ts';

const RHEA = '@rhea:remote.example';
const RICK = '@rick:remote.example';
const ROOM = '!far:remote.example';

describe('memberships without the room', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let remote: RemoteServer;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    remote = new RemoteServer(harness);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  function member(sender: string, stateKey: string, membership: string, prevEvents = ['$before']) {
    const content = { membership };
    return remote.buildAlone(ROOM, { type: 'm.room.member', sender, stateKey, content, prevEvents, authEvents: [] });
  }

  async function invite(): Promise<string> {
    const record = member(RHEA, ALICE, 'invite');
    const name = { type: 'm.room.name', state_key: '', sender: RHEA, content: { name: 'Far' }, event_id: '$n' };
    await harness.store(buildReceiveMembership(record, ALICE, { strippedState: [name, { type: 'nonsense' }] }));
    return record.eventId;
  }

  function membershipOf(userId: string): Promise<UserRoom | undefined> {
    return harness.userRooms.findUserRoom(userId, ROOM);
  }

  it('shows an invite with what was told of the room, once', async () => {
    const eventId = await invite();
    const projected = await membershipOf(ALICE);
    expect(projected).toMatchObject({ membership: 'invite', sender: RHEA, eventId, roomNid: 0 });
    const stripped = JSON.parse(projected?.strippedState?.toString() ?? '') as { type: string }[];
    expect(stripped.map(({ type }) => type)).toEqual(['m.room.name', 'm.room.member']);
    expect(await harness.rooms.findRoom(ROOM)).toBeUndefined();

    await harness.persister.publisher.flushed(projected?.shard ?? 0);
    const [record] = harness.topic.records;
    expect(record).toMatchObject({
      roomId: ROOM,
      roomVersion: '11',
      kind: RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM,
      roomNid: 0,
    });
    expect(decodeMembershipWithoutRoom(record?.body ?? Buffer.alloc(0))).toMatchObject({ userId: ALICE, eventId });
    const range = { shard: projected?.shard ?? 0, after: 0, upTo: 10, limit: 10, order: 'ascending' } as const;
    expect(await harness.rooms.readLog(range)).toMatchObject([{ roomId: ROOM, roomVersion: '11' }]);
  });

  it('takes no more of what is told of the room than goes out with the log', async () => {
    const [record, next] = [member(RHEA, ALICE, 'invite'), member(RHEA, BOB, 'invite')];
    const topic = (body: string) => {
      return { type: 'm.room.topic', state_key: '', sender: RHEA, content: { topic: body } };
    };
    const strippedState = [topic('\u0001'.repeat(300_000)), topic('short')];
    await harness.store(buildReceiveMembership(record, ALICE, { strippedState }));
    await harness.store(buildReceiveMembership(next, BOB));
    const projected = await membershipOf(ALICE);
    const kept = JSON.parse(projected?.strippedState?.toString() ?? '') as { content: unknown }[];
    expect(kept.map(({ content }) => content)).toEqual([{ topic: 'short' }, { membership: 'invite' }]);
  });

  it('does nothing a second time', async () => {
    const record = member(RHEA, ALICE, 'invite');
    await harness.store(buildReceiveMembership(record, ALICE));
    const first = await membershipOf(ALICE);
    await harness.store(buildReceiveMembership(record, ALICE));
    expect(await membershipOf(ALICE)).toEqual(first);
  });

  it('projects it again after a restart that came before the projection', async () => {
    await invite();
    const before = await membershipOf(ALICE);
    await harness.stop();
    await test.database.query('delete from user_rooms');
    await test.database.query('update room_shards set projected = 0');
    harness = await startPersister(test);
    await expect.poll(() => membershipOf(ALICE)).toEqual(before);
  });

  it('lets an invite be taken back by who sent it, and by nobody else', async () => {
    const eventId = await invite();
    const shard = (await membershipOf(ALICE))?.shard ?? 0;
    const [other, own] = [member(RICK, ALICE, 'leave', [eventId]), member(RHEA, ALICE, 'leave', [eventId])];
    await remote.append(other, 0, shard);
    await remote.append(own, 1, shard);
    await harness.observer.received(2);
    expect(harness.observer.receipts.map(({ received }) => received.outcome)).toEqual(['dropped', 'stored']);
    expect(await membershipOf(ALICE)).toMatchObject({
      membership: 'leave',
      sender: RHEA,
      previousMembership: 'invite',
    });
  });

  it('lets a user leave alone where no other server takes the leave', async () => {
    await invite();
    const leave = { roomId: ROOM, roomVersion: '', eventId: '', json: Buffer.alloc(0), origin: '' };
    await harness.store(buildReceiveMembership(leave, ALICE, { onlyFrom: ['invite', 'knock'] }));
    expect(await membershipOf(ALICE)).toMatchObject({ membership: 'leave', sender: ALICE, strippedState: undefined });
    const again = await harness.execute(buildReceiveMembership(leave, ALICE, { onlyFrom: ['invite', 'knock'] }));
    expect(again.$case).toBe('stored');
  });

  it.each([
    ['in its version', { room_version: '6' }, '6'],
    ['of the first version', {}, '1'],
    ['of an unknown version', { room_version: 'org.example.next' }, '11'],
  ])('lets a user leave a room %s alone', async (_, content, roomVersion) => {
    const create = { type: 'm.room.create', state_key: '', sender: RHEA, content };
    await harness.store(buildReceiveMembership(member(RHEA, ALICE, 'invite'), ALICE, { strippedState: [create] }));
    const leave = { roomId: ROOM, roomVersion: '', eventId: '', json: Buffer.alloc(0), origin: '' };
    await harness.store(buildReceiveMembership(leave, ALICE));
    const { shard = 0 } = (await membershipOf(ALICE)) ?? {};
    const range = { shard, after: 0, upTo: 10, limit: 10, order: 'descending' } as const;
    expect((await harness.rooms.readLog(range))[0]).toMatchObject({ roomId: ROOM, roomVersion });
  });

  it('remembers the version of a room of which nobody says how it was created', async () => {
    await harness.store(buildReceiveMembership(member(RHEA, ALICE, 'invite'), ALICE, { strippedState: [] }));
    expect(await membershipOf(ALICE)).toMatchObject({ membership: 'invite', roomVersion: '11' });
  });

  it('refuses what is of no hosted user, or comes from another membership than asked', async () => {
    const foreign = await harness.execute(buildReceiveMembership(member(RHEA, RICK, 'invite'), RICK));
    expect(foreign).toMatchObject({ $case: 'refused', value: { httpStatus: 403, rule: 'server.not_hosted' } });
    const join = await harness.execute(buildReceiveMembership(member(RHEA, ALICE, 'join'), ALICE));
    expect(join).toMatchObject({ $case: 'refused', value: { httpStatus: 400 } });
    const late = buildReceiveMembership(member(RHEA, ALICE, 'leave'), ALICE, { onlyFrom: ['invite'] });
    expect(await harness.execute(late)).toMatchObject({ $case: 'refused', value: { rule: 'member.only_from' } });
    await invite();
    for (const membership of ['leave', 'ban']) {
      const forged = await harness.execute(buildReceiveMembership(member(RICK, ALICE, membership), ALICE));
      expect(forged).toMatchObject({ $case: 'refused', value: { httpStatus: 403, rule: 'member.end' } });
    }
    expect(await membershipOf(ALICE)).toMatchObject({ membership: 'invite', sender: RHEA });
  });

  it('does not let an invite from outside touch who is in the room here', async () => {
    const made = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(made.command);
    const content = { membership: 'invite' };
    const event = { type: 'm.room.member', sender: RHEA, content, prevEvents: ['$b'], authEvents: [] };
    const toAlice = remote.buildAlone(made.roomId, { ...event, stateKey: ALICE });
    const refused = await harness.execute(buildReceiveMembership(toAlice, ALICE));
    expect(refused).toMatchObject({ $case: 'refused', value: { httpStatus: 403, rule: 'member.invite.join' } });
    const before = await harness.rooms.findRoom(made.roomId);
    const toBob = remote.buildAlone(made.roomId, { ...event, stateKey: BOB });
    await harness.store(buildReceiveMembership(toBob, BOB));
    expect(await harness.rooms.findRoom(made.roomId)).toEqual(before);
    expect(await harness.userRooms.findUserRoom(BOB, made.roomId)).toMatchObject({ membership: 'invite' });
  });
});
