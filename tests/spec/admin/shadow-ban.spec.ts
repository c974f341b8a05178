import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { deploymentAdmin, part, SYNAPSE_ADMIN } from '../support/administrators.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';
import { syncWith } from '../support/sync-answer.ts';

let http: MatrixHttp;
let root: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = new MatrixHttp(await sharedDeployment());
  root = await deploymentAdmin();
  bob = await http.register(uniqueName('bob'));
});

function shadowBan({ userId }: MatrixClient): string {
  return `${SYNAPSE_ADMIN}/users/${part(userId)}/shadow_ban`;
}

function account({ userId }: MatrixClient): string {
  return `/_synapse/admin/v2/users/${part(userId)}`;
}

describe('users who are banned in the shadow', () => {
  it('send nothing and invite nobody, without their knowledge, until that is lifted', async () => {
    const [eve, dan] = [await http.register(uniqueName('eve')), await http.register(uniqueName('dan'))];
    const open = await dan.createRoom({ preset: 'public_chat', power_level_content_override: { invite: 0 } });
    const closed = await dan.createRoom();
    await eve.join(open);
    expect(await root.ask('POST', shadowBan(eve), {})).toEqual({});
    expect(await root.ask('GET', account(eve))).toMatchObject({ shadow_banned: true });
    const last = await dan.send(open, 'the last word');

    const path = roomPath(open, '/send/m.room.message/unheard');
    const sent = await eve.ask('PUT', path, { msgtype: 'm.text', body: 'unheard' });
    expect(sent['event_id']).toMatch(/^\$[\w-]{43}$/);
    expect(await eve.ask('PUT', path, { msgtype: 'm.text', body: 'unheard' })).toEqual(sent);
    expect(await eve.ask('POST', roomPath(open, '/invite'), { user_id: bob.userId })).toEqual({});
    const made = await eve.createRoom({ invite: [bob.userId] });
    expect(made).toMatch(/^!/);
    expectError(
      await eve.call('PUT', roomPath(closed, '/send/m.room.message/refused'), { body: 'x' }),
      403,
      'M_FORBIDDEN',
    );
    expectError(await eve.call('POST', roomPath(open, '/kick'), { user_id: dan.userId }), 403, 'M_FORBIDDEN');

    const other = await dan.createRoom({ preset: 'public_chat' });
    await eve.join(other);
    const { joined_rooms: joined } = await eve.ask('GET', '/_matrix/client/v3/joined_rooms');
    expect((joined as string[]).toSorted()).toEqual([open, other, made].toSorted());
    const { chunk } = await dan.ask('GET', roomPath(open, '/messages?dir=b&limit=1'));
    expect(chunk).toMatchObject([{ event_id: last }]);
    expect((await bob.sync())['rooms'] ?? {}).not.toHaveProperty('invite');

    await root.ask('DELETE', shadowBan(eve));
    expect(await root.ask('GET', account(eve))).toMatchObject({ shadow_banned: false });
    const heard = await eve.send(open, 'heard');
    expect((await dan.ask('GET', roomPath(open, '/messages?dir=b&limit=1')))['chunk']).toMatchObject([
      { event_id: heard },
    ]);
  });

  describe('in a room with others', () => {
    let eve: MatrixClient;
    let dan: MatrixClient;
    let room: string;
    beforeAll(async () => {
      [eve, dan] = [await http.register(uniqueName('eve')), await http.register(uniqueName('dan'))];
      room = await dan.createRoom({ preset: 'public_chat', power_level_content_override: { users_default: 50 } });
      await eve.join(room);
      await bob.join(room);
      await root.ask('POST', shadowBan(eve), {});
    });

    it('read unheard, but their own counts know', async () => {
      const eventId = await dan.send(room, 'read me');
      const receipt = roomPath(room, `/receipt/m.read/${encodeURIComponent(eventId)}`);
      expect(await eve.ask('POST', receipt, {})).toEqual({});
      expect(await bob.ask('POST', receipt, {})).toEqual({});
      await expect.poll(() => readersOf(dan, room, eventId)).toEqual({ 'm.read': [bob.userId] });
      expect(await readersOf(eve, room, eventId)).toMatchObject({ 'm.read.private': [eve.userId] });
      const markers = { 'm.fully_read': eventId, 'm.read': eventId };
      expect(await eve.ask('POST', roomPath(room, '/read_markers'), markers)).toEqual({});
      await expect.poll(() => readersOf(dan, room, eventId)).toEqual({ 'm.read': [bob.userId] });
    });

    it('are offline to everybody, whatever they and their clients say', async () => {
      const since = String((await dan.sync())['next_batch']);
      expect(await eve.ask('PUT', presence(eve), { presence: 'online', status_msg: 'hello?' })).toEqual({});
      await eve.sync({ setPresence: 'online' });
      await bob.ask('PUT', presence(bob), { presence: 'online' });
      const told = (await dan.sync({ since, timeout: 30_000 })) as { presence?: { events: Json[] } };
      expect(told.presence?.events.map(({ sender }) => sender)).toEqual([bob.userId]);
      expect(await dan.ask('GET', presence(eve))).toEqual({ presence: 'offline' });
      await bob.ask('PUT', presence(bob), { presence: 'offline' });
    });

    it('send to their own devices only', async () => {
      const { next_batch: since } = await syncWith(dan);
      const messages = { [dan.userId]: { '*': { from: 'eve' } }, [eve.userId]: { '*': { from: 'eve' } } };
      expect(await eve.ask('PUT', '/_matrix/client/v3/sendToDevice/m.dummy/eve', { messages })).toEqual({});
      const heard = { messages: { [dan.userId]: { '*': { from: 'bob' } } } };
      await bob.ask('PUT', '/_matrix/client/v3/sendToDevice/m.dummy/bob', heard);
      const { to_device: toDan } = await syncWith(dan, { since });
      expect(toDan?.events.map(({ content }) => content)).toEqual([{ from: 'bob' }]);
      expect((await syncWith(eve)).to_device?.events.map(({ content }) => content)).toEqual([{ from: 'eve' }]);
    });

    it('give no aliases, take none away, and put nothing into the directory', async () => {
      const [theirs, others] = [uniqueName('theirs'), uniqueName('others')].map((name) => `#${name}:localhost`);
      await dan.ask('PUT', alias(others), { room_id: room });
      await dan.setState(room, 'm.room.canonical_alias', { alias: others });
      expect(await eve.ask('PUT', alias(theirs), { room_id: room })).toEqual({});
      expectError(await eve.call('PUT', alias(others), { room_id: room }), 409, 'M_UNKNOWN');
      expect(await eve.ask('DELETE', alias(others))).toEqual({});
      expectError(await dan.call('GET', alias(theirs)), 404, 'M_NOT_FOUND');
      expect(await dan.ask('GET', alias(others))).toMatchObject({ room_id: room });
      expect(await dan.ask('GET', roomPath(room, '/state/m.room.canonical_alias'))).toEqual({ alias: others });
      const listed = `/_matrix/client/v3/directory/list/room/${encodeURIComponent(room)}`;
      expect(await eve.ask('PUT', listed, { visibility: 'public' })).toEqual({});
      expect(await dan.ask('GET', listed)).toEqual({ visibility: 'private' });
    });

    it('report to nobody', async () => {
      const eventId = await dan.send(room, 'bad');
      const report = roomPath(room, `/report/${encodeURIComponent(eventId)}`);
      expect(await eve.ask('POST', report, { reason: 'eve says' })).toEqual({});
      const unknown = roomPath(room, `/report/$${'x'.repeat(43)}`);
      expectError(await eve.call('POST', unknown, { reason: 'x' }), 404, 'M_NOT_FOUND');
      expect(await bob.ask('POST', report, { reason: 'bob says' })).toEqual({});
      const query = new URLSearchParams({ room_id: room });
      const { event_reports: reports } = await root.ask('GET', `${SYNAPSE_ADMIN}/event_reports?${query}`);
      expect((reports as Json[]).map(({ reason }) => reason)).toEqual(['bob says']);
    });
  });
});

/** Who has read up to an event, by the type of receipt, as somebody's initial sync has it. */
async function readersOf(client: MatrixClient, roomId: string, eventId: string): Promise<Record<string, string[]>> {
  const { rooms } = (await client.sync()) as { rooms: { join: Record<string, { ephemeral?: { events: Json[] } }> } };
  const receipts = rooms.join[roomId]?.ephemeral?.events.find(({ type }) => type === 'm.receipt');
  const content = (receipts?.['content'] ?? {}) as Record<string, Record<string, object>>;
  return Object.fromEntries(Object.entries(content[eventId] ?? {}).map(([type, users]) => [type, Object.keys(users)]));
}

function presence({ userId }: MatrixClient): string {
  return `/_matrix/client/v3/presence/${encodeURIComponent(userId)}/status`;
}

function alias(roomAlias = ''): string {
  return `/_matrix/client/v3/directory/room/${encodeURIComponent(roomAlias)}`;
}
