import { beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { joinedIn, saidIn, syncWith } from '../support/sync-answer.ts';

const V3 = '/_matrix/client/v3';

let alice: MatrixClient;
let bob: MatrixClient;
beforeEach(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

async function set(type: string, content: Json): Promise<void> {
  await alice.ask('PUT', `${V3}/user/${encodeURIComponent(alice.userId)}/account_data/${type}`, content);
}

async function unreadIn(roomId: string): Promise<unknown> {
  const { rooms } = await alice.sync();
  return (rooms as { join: Record<string, Json> }).join[roomId]?.['unread_notifications'];
}

describe('an ignored user', () => {
  it('is heard neither in /sync nor in /messages', async () => {
    const roomId = await bob.createRoom({ preset: 'public_chat' });
    await alice.join(roomId);
    await set('m.ignored_user_list', { ignored_users: { [bob.userId]: {} } });
    const eventId = await bob.send(roomId, 'psst');
    await alice.send(roomId, 'hello');
    expect(saidIn(joinedIn(await syncWith(alice), roomId))).toEqual(['hello']);
    const room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
    const { chunk } = (await alice.ask('GET', `${room}/messages?dir=b`)) as { chunk: { event_id: string }[] };
    expect(chunk.map((event) => event.event_id)).not.toContain(eventId);
    expect(saidIn(joinedIn(await syncWith(bob), roomId))).toEqual(['psst', 'hello']);
  });

  it('leaves nothing unread, whether ignored before or after they spoke', async () => {
    const roomId = await bob.createRoom({ preset: 'public_chat' });
    await alice.join(roomId);
    await bob.send(roomId, 'psst');
    await set('m.ignored_user_list', { ignored_users: { [bob.userId]: {} } });
    await bob.send(roomId, 'psst again');
    expect(await unreadIn(roomId)).toEqual({ notification_count: 0, highlight_count: 0 });
    await set('m.ignored_user_list', { ignored_users: {} });
    expect(await unreadIn(roomId)).toEqual({ notification_count: 2, highlight_count: 0 });
  });

  it('invites without being heard', async () => {
    await set('m.ignored_user_list', { ignored_users: { [bob.userId]: {} } });
    const roomId = await bob.createRoom();
    await bob.invite(roomId, alice.userId);
    expect((await syncWith(alice)).rooms?.invite).toBeUndefined();
  });
});

describe('a user who blocks invites', () => {
  it('cannot be invited in any way', async () => {
    const roomId = await bob.createRoom();
    const room = `${V3}/rooms/${encodeURIComponent(roomId)}`;
    const asked = { user_id: alice.userId };
    await set('m.invite_permission_config', { default_action: 'block' });
    expectError(await bob.call('POST', `${room}/invite`, asked), 403, 'M_INVITE_BLOCKED');
    const member = `${room}/state/m.room.member/${encodeURIComponent(alice.userId)}`;
    expectError(await bob.call('PUT', member, { membership: 'invite' }), 403, 'M_INVITE_BLOCKED');
    expectError(await bob.call('POST', `${V3}/createRoom`, { invite: [alice.userId] }), 403, 'M_INVITE_BLOCKED');
    await set('m.invite_permission_config', {});
    expect(await bob.ask('POST', `${room}/invite`, asked)).toEqual({});
  });
});
