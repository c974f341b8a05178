import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let room: string;
let sent = 0;

beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  room = await alice.createRoom({ preset: 'public_chat' });
  await bob.join(room);
});

const PER_THREAD = { room: { timeline: { unread_thread_notifications: true } } };

async function unreadOf(client: MatrixClient, filter?: unknown): Promise<unknown[]> {
  const body = (await client.sync({ filter })) as { rooms: { join: Record<string, Json> } };
  const { unread_notifications: all, unread_thread_notifications: threads } = body.rooms.join[room] ?? {};
  return threads === undefined ? [all] : [all, threads];
}

async function say(client: MatrixClient, content: Json, type = 'm.room.message'): Promise<string> {
  sent += 1;
  const path = client.sendPath(room, `unread-${sent}`, type);
  const { event_id: eventId } = await client.ask('PUT', path, { msgtype: 'm.text', body: 'x', ...content });
  return String(eventId);
}

async function read(client: MatrixClient, eventId: string, body: Json = {}, type = 'm.read'): Promise<void> {
  await client.ask('POST', roomPath(room, `/receipt/${type}/${encodeURIComponent(eventId)}`), body);
}

const count = (notify: number, highlight = 0): Json => ({ notification_count: notify, highlight_count: highlight });

describe('unread_notifications', () => {
  it('counts what others say, until it is read', async () => {
    await say(alice, {});
    const second = await say(alice, {});
    await say(alice, {});
    expect(await unreadOf(bob)).toEqual([count(3)]);
    await read(bob, second);
    expect(await unreadOf(bob)).toEqual([count(1)]);
    expect(await unreadOf(alice)).toEqual([count(0)]);
  });

  it('ends with a private receipt, and with what one says oneself', async () => {
    await read(bob, await say(alice, {}), {}, 'm.read.private');
    expect(await unreadOf(bob)).toEqual([count(0)]);
    await say(alice, {});
    expect(await unreadOf(bob)).toEqual([count(1)]);
    await say(bob, {});
    expect(await unreadOf(bob)).toEqual([count(0)]);
    expect(await unreadOf(alice)).toEqual([count(1)]);
  });

  it('counts what encrypts, and neither notices, reactions nor edits', async () => {
    const eventId = await say(alice, {});
    await say(alice, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' }, 'm.room.encrypted');
    await say(alice, { msgtype: 'm.notice' });
    await say(alice, { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: '+' } }, 'm.reaction');
    await say(alice, { 'm.relates_to': { rel_type: 'm.replace', event_id: eventId } });
    expect(await unreadOf(bob)).toEqual([count(2)]);
  });

  it('counts as highlights what mentions the user, or the room by who may', async () => {
    await say(alice, { 'm.mentions': { user_ids: [bob.userId] } });
    await say(alice, { 'm.mentions': { room: true } });
    await say(alice, { 'm.mentions': { user_ids: ['@other:localhost'] } });
    expect(await unreadOf(bob)).toEqual([count(3, 2)]);
    await say(bob, { 'm.mentions': { room: true } });
    expect(await unreadOf(alice)).toEqual([count(1)]);
  });

  it('is told in an incremental sync, also where nothing but a receipt came', async () => {
    const eventId = await say(alice, {});
    const since = String((await bob.sync())['next_batch']);
    await read(bob, eventId);
    const filter = { room: { ephemeral: { types: [] } } };
    const body = (await bob.sync({ since, filter })) as { rooms: { join: Record<string, Json> } };
    expect(body.rooms.join[room]?.['unread_notifications']).toEqual(count(0));
  });

  it.each([
    ['nothing in a room that is muted', 'override', 'muted', count(0)],
    ['only mentions where the room says nothing', 'room', '', count(1, 1)],
    ['neither messages nor mentions of somebody else', 'sender', 'sender', count(1, 1)],
  ])('counts %s', async (_what, kind, ruleId, expected) => {
    await say(alice, {});
    await say(alice, { 'm.mentions': { user_ids: [bob.userId] } });
    expect(await unreadOf(bob)).toEqual([count(2, 1)]);
    const id = kind === 'override' ? ruleId : kind === 'room' ? room : alice.userId;
    const conditions = [{ kind: 'event_match', key: 'room_id', pattern: room }];
    const rule = `/_matrix/client/v3/pushrules/global/${kind}/${encodeURIComponent(id)}`;
    await bob.ask('PUT', rule, { actions: [], ...(kind === 'override' && { conditions }) });
    await expect.poll(() => unreadOf(bob)).toEqual([expected]);
    await bob.ask('DELETE', rule);
    await expect.poll(() => unreadOf(bob)).toEqual([count(2, 1)]);
  });

  it('counts threads apart where the filter asks for it', async () => {
    const root = await say(alice, {});
    const thread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };
    await say(alice, thread);
    const last = await say(alice, { ...thread, 'm.mentions': { user_ids: [bob.userId] } });
    expect(await unreadOf(bob)).toEqual([count(3, 1)]);
    expect(await unreadOf(bob, PER_THREAD)).toEqual([count(1), { [root]: count(2, 1) }]);
    await read(bob, root, { thread_id: 'main' });
    expect(await unreadOf(bob, PER_THREAD)).toEqual([count(0), { [root]: count(2, 1) }]);
    await read(bob, last, { thread_id: root });
    expect(await unreadOf(bob, PER_THREAD)).toEqual([count(0)]);
  });
});
