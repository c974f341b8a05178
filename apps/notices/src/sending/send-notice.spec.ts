import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, noticesConfig, noticesHarness, refused, SENDER, SERVER } from '../../test-support/notices-harness.ts';
import type { NoticesHarness } from '../../test-support/notices-harness.ts';

let harness: NoticesHarness;
beforeEach(async () => {
  harness = await noticesHarness();
});

function send(noticeId: string, userId = ALICE) {
  const event = { type: 'm.room.message', content: { msgtype: 'm.text', body: noticeId } };
  return harness.sendNotice.execute({ noticeId, userId, event });
}

async function roomOf(userId: string): Promise<string> {
  return (await harness.noticeRooms.findRoom(userId)) ?? '';
}

async function leave(): Promise<void> {
  const roomId = await roomOf(ALICE);
  harness.rooms.append({
    roomId,
    type: 'm.room.member',
    sender: ALICE,
    stateKey: ALICE,
    content: { membership: 'leave' },
  });
}

async function membership(): Promise<string | undefined> {
  return (await harness.rooms.findUserRoom(ALICE, await roomOf(ALICE)))?.membership;
}

function ask(userId = ALICE) {
  const event = { type: 'm.room.message', content: { body: 'once' } };
  return harness.sendOnce.execute({ noticeId: 'once', userId, event });
}

describe('the room of notices', () => {
  it('is made with the first notice: the user is invited, cannot speak, and nothing is encrypted', async () => {
    expect(await send('one')).toMatchObject({ outcome: 'sent' });
    const roomId = await roomOf(ALICE);
    const { contentsOf } = harness.writer;
    const of = (type: string) => contentsOf.call(harness.writer, roomId, type);
    expect(of('m.room.name')).toEqual([{ name: 'Server Notices' }]);
    expect(of('m.room.topic')).toMatchObject([{ topic: 'What you should know' }]);
    expect(of('m.room.power_levels')).toMatchObject([{ users_default: -10, events_default: 0 }]);
    expect(of('m.room.encryption')).toEqual([]);
    expect(of('m.room.member')).toEqual([
      { membership: 'join', displayname: 'Operator' },
      { membership: 'invite', displayname: 'Alice' },
    ]);
    expect(of('m.room.message')).toEqual([{ msgtype: 'm.text', body: 'one' }]);
    expect(await membership()).toBe('invite');
  });

  it('is tagged in the account data before the user is invited', async () => {
    let tagged: string | undefined;
    harness.writer.before = async ({ roomId, command }) => {
      if (command?.$case !== 'createRoom') return;
      tagged = await harness.streams.findAccountData(ALICE, { roomId, type: 'm.tag' });
    };
    await send('one');
    expect(JSON.parse(tagged ?? '{}')).toEqual({ tags: { 'm.server_notice': {} } });
  });

  it('is one, however many notices come at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => send(`notice ${index}`)));
    expect(outcomes.every(({ outcome }) => outcome === 'sent')).toBe(true);
    const made = harness.writer.commands.filter(({ command }) => command?.$case === 'createRoom');
    expect(new Set(made.map(({ roomId }) => roomId)).size).toBe(1);
    expect(new Set(made.map(({ commandId }) => commandId)).size).toBe(1);
    expect(harness.writer.contentsOf(await roomOf(ALICE), 'm.room.create')).toHaveLength(1);
    expect(harness.writer.contentsOf(await roomOf(ALICE), 'm.room.message')).toHaveLength(20);
  });

  it('is the same one where whoever made it died before it was known to be made', async () => {
    harness.writer.replies.push({ $case: 'failed', value: { error: 'the owner is away' } });
    await expect(send('one')).rejects.toThrow('cannot be written to');
    const roomId = await roomOf(ALICE);
    expect(await send('one')).toMatchObject({ outcome: 'sent' });
    expect(await roomOf(ALICE)).toBe(roomId);
  });

  it('is the same one where its owner has forgotten the command that made it', async () => {
    await send('one');
    const room = await harness.noticeRooms.find(ALICE);
    harness.noticeRooms.rooms.set(ALICE, { ...(room ?? failNoRoom()), isMade: false });
    harness.writer.replies.push(refused('M_ROOM_IN_USE', 400, 'create.exists'));
    expect(await send('two')).toMatchObject({ outcome: 'sent' });
    expect(await roomOf(ALICE)).toBe(room?.roomId);
  });

  it('is joined at once where that is configured', async () => {
    harness.configure(noticesConfig('  auto_join: true\n  users_default: 0\n'));
    await send('one');
    expect(await membership()).toBe('join');
    expect(harness.writer.contentsOf(await roomOf(ALICE), 'm.room.power_levels')).toMatchObject([{ users_default: 0 }]);
  });

  it.each([
    ['is no more', refused('M_NOT_FOUND', 404, 'room.unknown')],
    ['was deleted, but not purged', refused('M_FORBIDDEN', 403, 'sender.not_joined')],
    ['is blocked', refused('M_FORBIDDEN', 403, 'room.blocked')],
  ])('is made anew where it %s', async (_what, reply) => {
    await send('one');
    const before = await roomOf(ALICE);
    harness.writer.replies.push(reply);
    expect(await send('two')).toMatchObject({ outcome: 'sent' });
    expect(await roomOf(ALICE)).not.toBe(before);
  });

  it('is made anew where the sender was put out with the user, and can invite nobody', async () => {
    await send('one');
    const before = await roomOf(ALICE);
    await leave();
    harness.writer.replies.push(refused('M_FORBIDDEN', 403, 'member.invite.sender_not_joined'));
    expect(await send('two')).toMatchObject({ outcome: 'sent' });
    expect(await roomOf(ALICE)).not.toBe(before);
  });

  it('shows other names and pictures when it is next used, and only what is new', async () => {
    await send('one');
    harness.configure(noticesConfig('  room_name: News\n  room_avatar_url: mxc://one.example/a\n'));
    await send('two');
    await send('three');
    const roomId = await roomOf(ALICE);
    expect(harness.writer.contentsOf(roomId, 'm.room.name')).toEqual([{ name: 'Server Notices' }, { name: 'News' }]);
    expect(harness.writer.contentsOf(roomId, 'm.room.avatar')).toEqual([{ url: 'mxc://one.example/a' }]);
    expect(harness.writer.contentsOf(roomId, 'm.room.topic')).toHaveLength(1);
    expect(harness.writer.contentsOf(roomId, 'm.room.member')).toHaveLength(2);
  });

  it('speaks the language of the server', async () => {
    harness.configure(noticesConfig('  language: de-AT\n  translations: { de: { room_name: Hinweise } }\n'));
    await send('one');
    expect(harness.writer.contentsOf(await roomOf(ALICE), 'm.room.name')).toEqual([{ name: 'Hinweise' }]);
  });
});

describe('a user', () => {
  it('who has left is invited to the same room when there is something to say', async () => {
    await send('one');
    const roomId = await roomOf(ALICE);
    await leave();
    await Promise.all([send('two'), send('three')]);
    expect([await membership(), await roomOf(ALICE)]).toEqual(['invite', roomId]);
    const invites = harness.writer.contentsOf(roomId, 'm.room.member').filter(({ membership: is }) => is === 'invite');
    expect(invites).toHaveLength(2);
    await leave();
    await send('four');
    expect(await membership()).toBe('invite');
  });

  it('gets one event for a notice that is sent again', async () => {
    const first = await send('one');
    expect(await send('one')).toEqual(first);
    expect(harness.writer.contentsOf(await roomOf(ALICE), 'm.room.message')).toHaveLength(1);
  });

  it.each([
    [404, 'User not found', `@nobody:${SERVER}`],
    [400, 'Server notices can only be sent to local users', '@alice:far.example'],
    [400, 'This user sends the notices', SENDER],
  ])('is refused with %i %s: %s', async (httpStatus, error, userId) => {
    expect(await send('one', userId)).toMatchObject({ outcome: 'refused', httpStatus, error });
    expect(await harness.noticeRooms.findRoom(userId)).toBeUndefined();
  });

  it('who was deactivated is told nothing, and no room is left behind', async () => {
    await harness.accounts.deactivateUser(ALICE);
    expect(await send('one')).toMatchObject({ outcome: 'refused', httpStatus: 404 });
    expect(harness.writer.commands).toEqual([]);
  });

  it('is told later where their server is suspended', async () => {
    await send('one');
    await harness.servers.changeServer(SERVER, { status: 'suspended' });
    await expect(send('two')).rejects.toThrow('one.example is suspended');
    await harness.servers.changeServer(SERVER, { status: 'active' });
    expect(await send('two')).toMatchObject({ outcome: 'sent' });
  });

  it('is told nothing where their server has no notices', async () => {
    await harness.servers.changeServer(SERVER, { settings: { serverNotices: { enabled: false } } });
    expect(await send('one')).toMatchObject({ outcome: 'refused', httpStatus: 400 });
  });
});

describe('a notice that is asked for more than once', () => {
  it('is answered with the first event', async () => {
    const [first, ...others] = await Promise.all([ask(), ask(), ask()]);
    expect(others).toEqual([first, first]);
    expect(await ask('@bob:one.example')).toEqual(first);
  });

  it('is sent later where whoever was to send it died', async () => {
    await harness.deliveries.insertOrGet({ noticeId: 'once', userId: ALICE, rememberedMs: undefined });
    expect(await ask()).toMatchObject({ outcome: 'sent' });
  });

  it('is forgotten where it was refused', async () => {
    expect(await ask('@nobody:one.example')).toMatchObject({ outcome: 'refused' });
    expect(await ask()).toMatchObject({ outcome: 'sent' });
  });
});

function failNoRoom(): never {
  throw new Error('there is no room');
}
