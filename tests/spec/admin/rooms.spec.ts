import {
  adminJoinResponse,
  adminRoomMembersResponse,
  adminRoomResponse,
  adminRoomsResponse,
  adminRoomStateResponse,
  blockRoomResponse,
  deleteRoomIdResponse,
  deleteRoomResponse,
  deleteStatusesResponse,
  deleteStatusResponse,
  eventReportResponse,
  eventReportsResponse,
  forwardExtremitiesResponse,
  removedExtremitiesResponse,
} from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../../support/matrix-client.ts';
import { deploymentAdmin, elsewhere, part, serverAdmin, SYNAPSE_ADMIN } from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const ROOMS = `${SYNAPSE_ADMIN}/rooms`;
const ROOMS_V2 = '/_synapse/admin/v2/rooms';

let http: MatrixHttp;
let root: MatrixClient;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = new MatrixHttp(await sharedDeployment());
  root = await deploymentAdmin();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

function inRoom(roomId: string, rest = ''): string {
  return `${ROOMS}/${part(roomId)}${rest}`;
}

function joinPath(room: string): string {
  return `${SYNAPSE_ADMIN}/join/${part(room)}`;
}

async function joinedRooms(client: MatrixClient): Promise<unknown> {
  return (await client.ask('GET', '/_matrix/client/v3/joined_rooms'))['joined_rooms'];
}

describe('a space', () => {
  it('shows its rooms to who administers them, whoever may join', async () => {
    const space = await alice.createRoom({ name: 'Space', creation_content: { type: 'm.space' } });
    const closed = await alice.createRoom({ name: 'Closed' });
    const inner = await bob.createRoom({ name: 'Inner', creation_content: { type: 'm.space' } });
    for (const child of [closed, inner, '!unknown:localhost'])
      await alice.ask('PUT', roomPath(space, `/state/m.space.child/${part(child)}`), { via: ['localhost'] });
    const names = async (query = '', client = root): Promise<unknown> => {
      const { rooms } = await client.ask('GET', inRoom(space, `/hierarchy${query}`));
      return (rooms as Json[]).map(({ name }) => name).toSorted();
    };
    expect(await names()).toEqual(['Closed', 'Inner', 'Space']);
    expect(await names('?max_depth=0')).toEqual(['Space']);
    expect(await names('', await serverAdmin())).toEqual(['Closed', 'Inner', 'Space']);
    const page = await root.ask('GET', inRoom(space, '/hierarchy?limit=2'));
    const next = new URLSearchParams({ from: textOf(page, 'next_batch'), limit: '2' });
    expect((page['rooms'] as Json[]).length).toBe(2);
    expect((await root.ask('GET', inRoom(space, `/hierarchy?${next}`)))['rooms']).toHaveLength(1);
    expectError(await root.call('GET', inRoom('!unknown:localhost', '/hierarchy')), 404, 'M_NOT_FOUND');
    expectError(await root.call('GET', inRoom(space, '/hierarchy?from=x')), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', inRoom(space, '/hierarchy')), 403, 'M_FORBIDDEN');
  });
});

describe('listing rooms', () => {
  it('searches, orders, filters and pages, and follows what changes', async () => {
    const stem = uniqueName('listed');
    const small = await alice.createRoom({ name: `${stem} A`, preset: 'public_chat', visibility: 'public' });
    const large = await alice.createRoom({ name: `${stem} B`, preset: 'public_chat', room_version: '11' });
    await bob.join(large);
    const ids = async (query: string): Promise<unknown> => {
      const listed = await root.call('GET', `${ROOMS}?search_term=${encodeURIComponent(stem)}${query}`);
      return (expectShape(listed, adminRoomsResponse)['rooms'] as Json[]).map((room) => room['room_id']);
    };
    expect(await ids('')).toEqual([small, large]);
    expect(await ids('&dir=b')).toEqual([large, small]);
    expect(await ids('&order_by=joined_members')).toEqual([large, small]);
    expect(await ids('&order_by=version')).toEqual([large, small]);
    expect(await ids('&order_by=state_events&dir=b')).toEqual([small, large]);
    expect(await ids('&public_rooms=true')).toEqual([small]);
    expect(await ids('&empty_rooms=true')).toEqual([]);
    for (const order of ['canonical_alias', 'joined_local_members', 'creator', 'encryption', 'federatable', 'public']) {
      expect(await ids(`&order_by=${order}`)).toHaveLength(2);
    }
    const page = await root.ask('GET', `${ROOMS}?search_term=${stem}&limit=1&from=1`);
    expect(page).toMatchObject({ offset: 1, total_rooms: 2, prev_batch: 0, rooms: [{ joined_local_members: 2 }] });
    const before = (page['rooms'] as Json[])[0]?.['state_events'];
    await alice.setState(large, 'm.room.name', { name: `${stem} renamed` });
    await alice.setState(large, 'a.type', {});
    const [renamed] = (await root.ask('GET', `${ROOMS}?search_term=${encodeURIComponent(`${stem} RENAMED`)}`))[
      'rooms'
    ] as Json[];
    expect(renamed).toMatchObject({ name: `${stem} renamed`, state_events: Number(before) + 1, creator: alice.userId });
    expect((await root.ask('GET', `${ROOMS}?search_term=${part(small)}`))['total_rooms']).toBe(1);
  });

  it('shows an administrator of a server the rooms that it is in, and refuses what cannot be', async () => {
    const carol = await (await elsewhere(root, 'rooms.test')).register(uniqueName('carol'));
    const theirs = await serverAdmin('rooms.test');
    const roomId = await carol.createRoom();
    const { rooms } = await theirs.ask('GET', `${ROOMS}?limit=1000`);
    const listed = (rooms as Json[]).map((room) => room['room_id']);
    expect(listed).toContain(roomId);
    expect(listed).not.toContain(await alice.createRoom());
    expectError(await root.call('GET', `${ROOMS}?order_by=shoe_size`), 400, 'M_INVALID_PARAM');
    expectError(await root.call('GET', `${ROOMS}?search_term=`), 400, 'M_INVALID_PARAM');
    expectError(await root.call('GET', `${ROOMS}?dir=x`), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', ROOMS), 403, 'M_FORBIDDEN');
  });
});

describe('reading a room', () => {
  let roomId: string;
  let eventId: string;
  beforeAll(async () => {
    roomId = await alice.createRoom({ name: 'Lobby', topic: 'Talk', preset: 'private_chat' });
    eventId = await alice.send(roomId, 'hello');
    await alice.invite(roomId, bob.userId);
  });

  it('says what it is', async () => {
    const details = expectShape(await root.call('GET', inRoom(roomId)), adminRoomResponse);
    expect(details).toMatchObject({
      room_id: roomId,
      name: 'Lobby',
      topic: 'Talk',
      creator: alice.userId,
      joined_members: 1,
      joined_local_members: 1,
      joined_local_devices: 1,
      public: false,
      federatable: true,
      join_rules: 'invite',
      history_visibility: 'shared',
      encryption: null,
      forgotten: false,
      tombstoned: false,
    });
    expect(details['state_events']).toBeGreaterThan(6);
  });

  it('says who is in it and what its state is', async () => {
    const members = expectShape(await root.call('GET', inRoom(roomId, '/members')), adminRoomMembersResponse);
    expect(members).toEqual({ members: [alice.userId], total: 1 });
    const state = expectShape(await root.call('GET', inRoom(roomId, '/state')), adminRoomStateResponse);
    expect((state['state'] as Json[]).map(({ type }) => type)).toContain('m.room.topic');
    const { state: some } = await root.ask('GET', inRoom(roomId, '/state?type=m.room.name'));
    expect(some).toMatchObject([{ type: 'm.room.name', content: { name: 'Lobby' } }]);
  });

  it('shows what was said, and records that somebody looked', async () => {
    const { chunk } = await root.ask('GET', inRoom(roomId, '/messages?dir=b&limit=2'));
    expect((chunk as Json[]).map((event) => event['event_id'])).toContain(eventId);
    expect((await root.ask('GET', inRoom(roomId, '/messages')))['chunk']).toHaveLength(10);
    const context = await root.ask('GET', inRoom(roomId, `/context/${part(eventId)}?limit=2`));
    expect(context).toMatchObject({ event: { event_id: eventId, content: { body: 'hello' } } });
    const found = await root.ask('GET', inRoom(roomId, '/timestamp_to_event?ts=0&dir=f'));
    expect(found).toMatchObject({ event_id: expect.stringMatching(/^\$/), origin_server_ts: expect.any(Number) });
    const { entries } = await root.ask('GET', `/_plexus/admin/v1/audit_log?target=${part(roomId)}`);
    const actions = (entries as Json[]).map(({ action }) => action);
    expect(actions).toContain('GET /_synapse/admin/v1/rooms/:roomId/messages');
  });

  it('shows its extremities, and leaves the only one alone', async () => {
    const path = inRoom(roomId, '/forward_extremities');
    const { count, results } = expectShape(await root.call('GET', path), forwardExtremitiesResponse);
    expect([count, results]).toEqual([1, [expect.objectContaining({ received_ts: expect.any(Number) })]]);
    expect(expectShape(await root.call('DELETE', path), removedExtremitiesResponse)).toEqual({ deleted: 0 });
  });

  it('is for administrators of a server that is in it', async () => {
    await elsewhere(root, 'rooms.test');
    const theirs = await serverAdmin('rooms.test');
    const local = await serverAdmin();
    for (const rest of ['', '/members', '/state', '/messages', `/context/${part(eventId)}`, '/forward_extremities']) {
      expectError(await alice.call('GET', inRoom(roomId, rest)), 403, 'M_FORBIDDEN');
      expectError(await theirs.call('GET', inRoom(roomId, rest)), 404, 'M_NOT_FOUND');
      expect((await local.call('GET', inRoom(roomId, rest))).status).toBe(200);
      expectError(await root.call('GET', inRoom('!none:localhost', rest)), 404, 'M_NOT_FOUND');
    }
  });

  it('shows a server’s administrator no more of a shared room than the server gets', async () => {
    const carol = await (await elsewhere(root, 'rooms.test')).register(uniqueName('carol'));
    const theirs = await serverAdmin('rooms.test');
    const room = await alice.createRoom({
      preset: 'public_chat',
      initial_state: [{ type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } }],
    });
    const secret = await alice.send(room, 'before anybody of the other server was there');
    await carol.join(room);
    const bodies = async (admin: MatrixClient): Promise<unknown[]> =>
      ((await admin.ask('GET', inRoom(room, '/messages?dir=b&limit=50')))['chunk'] as Json[]).map((e) => e['event_id']);
    expect(await bodies(root)).toContain(secret);
    expect(await bodies(theirs)).not.toContain(secret);
  });
});

describe('blocking', () => {
  it('refuses joins, invites and messages of a room, until it is open again; leaving is free', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId);
    const path = inRoom(roomId, '/block');
    expect(expectShape(await root.call('GET', path), blockRoomResponse)).toEqual({ block: false });
    expect(expectShape(await root.call('PUT', path, { block: true }), blockRoomResponse)).toEqual({ block: true });
    expect(await root.ask('GET', path)).toEqual({ block: true, user_id: root.userId });
    const carol = await http.register(uniqueName('carol'));
    const join = `/_matrix/client/v3/join/${part(roomId)}`;
    expectError(await carol.call('POST', join, {}), 403, 'M_FORBIDDEN');
    expectError(await alice.call('PUT', alice.sendPath(roomId, 't'), { body: 'x' }), 403, 'M_FORBIDDEN');
    expectError(await alice.call('POST', roomPath(roomId, '/invite'), { user_id: carol.userId }), 403, 'M_FORBIDDEN');
    await bob.leave(roomId);
    await root.ask('PUT', path, { block: false });
    await carol.join(roomId);
    await alice.send(roomId, 'open');
  });

  it('holds for one hosted server’s users where its administrator says so, and for unknown rooms too', async () => {
    const carol = await (await elsewhere(root, 'block.test')).register(uniqueName('carol'));
    const theirs = await serverAdmin('block.test');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await theirs.ask('PUT', inRoom(roomId, '/block'), { block: true });
    expectError(await carol.call('POST', `/_matrix/client/v3/join/${part(roomId)}`, {}), 403, 'M_FORBIDDEN');
    await bob.join(roomId);
    expect(await root.ask('GET', inRoom(roomId, '/block'))).toEqual({ block: false });
    const unknown = inRoom('!unknown:elsewhere.test', '/block');
    await root.ask('PUT', unknown, { block: true });
    expect(await root.ask('GET', unknown)).toMatchObject({ block: true });
    expectError(await root.call('PUT', unknown, {}), 400, 'M_MISSING_PARAM');
    expectError(await root.call('PUT', unknown, { block: 'yes' }), 400, 'M_BAD_JSON');
    expectError(await root.call('GET', inRoom('nonsense', '/block')), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('PUT', unknown, { block: true }), 403, 'M_FORBIDDEN');
  });
});

describe('making a user an administrator of a room, and joining one', () => {
  it('gives the level of the most powerful hosted user, and invites where it takes that', async () => {
    for (const version of ['11', '12']) {
      const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version });
      await root.ask('POST', inRoom(roomId, '/make_room_admin'), { user_id: bob.userId });
      await bob.join(roomId);
      const { users } = await bob.ask('GET', roomPath(roomId, '/state/m.room.power_levels'));
      expect(users).toMatchObject({ [bob.userId]: 100 });
      await root.ask('POST', inRoom(roomId, '/make_room_admin'), {});
      await root.join(roomId);
    }
    const other = await bob.createRoom({ preset: 'private_chat', room_version: '11' });
    await bob.leave(other);
    const path = inRoom(other, '/make_room_admin');
    expectError(await root.call('POST', path, { user_id: bob.userId }), 400, 'M_UNKNOWN');
    expectError(await root.call('POST', path, { user_id: 'x' }), 400, 'M_BAD_JSON');
    expectError(await alice.call('POST', path, {}), 403, 'M_FORBIDDEN');
  });

  it('joins a user to a public room, and to another by the administrator’s invitation', async () => {
    const open = await alice.createRoom({ preset: 'public_chat', room_alias_name: uniqueName('open') });
    const closed = await alice.createRoom({ preset: 'private_chat' });
    const carol = await http.register(uniqueName('carol'));
    const body = { user_id: carol.userId };
    expect(expectShape(await root.call('POST', joinPath(open), body), adminJoinResponse)).toEqual({ room_id: open });
    expectError(await root.call('POST', joinPath(closed), body), 403, 'M_FORBIDDEN');
    await alice.invite(closed, root.userId);
    await root.join(closed);
    await root.ask('POST', joinPath(closed), body);
    expect(await joinedRooms(carol)).toEqual(expect.arrayContaining([open, closed]));
    expectError(await root.call('POST', joinPath(open), {}), 400, 'M_MISSING_PARAM');
    expectError(await root.call('POST', joinPath(open), { user_id: '@x:elsewhere.test' }), 400, 'M_UNKNOWN');
    expectError(await root.call('POST', joinPath(open), { user_id: '@nobody:localhost' }), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', joinPath('#none:localhost'), body), 404, 'M_NOT_FOUND');
  });
});

describe('deleting a room', () => {
  it('brings everybody out and over, moves names, blocks it and takes the history away', async () => {
    const name = uniqueName('doomed');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: name });
    await bob.join(roomId);
    const body = { new_room_user_id: root.userId, room_name: 'Gone', message: 'It is over', block: true };
    const deleted = expectShape(await root.call('DELETE', inRoom(roomId), body), deleteRoomResponse);
    const newRoom = textOf(deleted, 'new_room_id');
    expect(deleted).toEqual({
      kicked_users: [alice.userId, bob.userId].toSorted(),
      failed_to_kick_users: [],
      local_aliases: [`#${name}:localhost`],
      new_room_id: newRoom,
    });
    for (const client of [alice, bob]) {
      expect(await joinedRooms(client)).toContain(newRoom);
      expect(await joinedRooms(client)).not.toContain(roomId);
    }
    const { chunk } = await bob.ask('GET', roomPath(newRoom, '/messages?dir=b&limit=50'));
    expect((chunk as Json[]).map(({ content }) => content)).toContainEqual({ msgtype: 'm.text', body: 'It is over' });
    expectError(await bob.call('PUT', bob.sendPath(newRoom, 't'), { body: 'x' }), 403, 'M_FORBIDDEN');
    expectError(await root.call('GET', inRoom(roomId)), 404, 'M_NOT_FOUND');
    expect(await root.ask('GET', inRoom(roomId, '/block'))).toMatchObject({ block: true });
    expect((await alice.sync({ fullState: true }))['rooms']).not.toMatchObject({ join: { [roomId]: {} } });
  });

  it('works in the background, and says how far it is', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const path = `${ROOMS_V2}/${part(roomId)}`;
    expectError(await root.call('GET', `${path}/delete_status`), 404, 'M_NOT_FOUND');
    const begun = expectShape(await root.call('DELETE', path, { purge: false }), deleteRoomIdResponse);
    const status = `${ROOMS_V2}/delete_status/${textOf(begun, 'delete_id')}`;
    await expect
      .poll(async () => expectShape(await root.call('GET', status), deleteStatusResponse), { timeout: 30_000 })
      .toMatchObject({ status: 'complete', shutdown_room: { kicked_users: [alice.userId], new_room_id: null } });
    const all = expectShape(await root.call('GET', `${path}/delete_status`), deleteStatusesResponse);
    expect(all['results']).toMatchObject([{ delete_id: begun['delete_id'], status: 'complete' }]);
    expect(await root.ask('GET', inRoom(roomId))).toMatchObject({ joined_members: 0 });
    expectError(await root.call('GET', `${ROOMS_V2}/delete_status/none`), 404, 'M_NOT_FOUND');
  });

  it('refuses what cannot be, and lets a server’s administrator part own users of a shared room only', async () => {
    const carol = await (await elsewhere(root, 'delete.test')).register(uniqueName('carol'));
    const theirs = await serverAdmin('delete.test');
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    expectError(await theirs.call('DELETE', inRoom(roomId), {}), 404, 'M_NOT_FOUND');
    await carol.join(roomId);
    expectError(await theirs.call('DELETE', inRoom(roomId), {}), 403, 'M_FORBIDDEN');
    const parted = expectShape(await theirs.call('DELETE', inRoom(roomId), { purge: false }), deleteRoomResponse);
    expect(parted['kicked_users']).toEqual([carol.userId]);
    await alice.send(roomId, 'still here');
    expectError(await root.call('DELETE', inRoom('!none:localhost'), {}), 404, 'M_NOT_FOUND');
    expectError(await root.call('DELETE', inRoom('none'), {}), 400, 'M_INVALID_PARAM');
    expectError(await root.call('DELETE', inRoom(roomId), { purge: 1 }), 400, 'M_BAD_JSON');
    expectError(await root.call('DELETE', inRoom(roomId), { new_room_user_id: '@a:b.test' }), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('DELETE', inRoom(roomId), {}), 403, 'M_FORBIDDEN');
  });
});

describe('event reports', () => {
  it('are listed, shown and removed', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat', name: 'Reported' });
    await bob.join(roomId);
    const eventId = await alice.send(roomId, 'rude');
    await bob.ask('POST', roomPath(roomId, `/report/${part(eventId)}`), { reason: 'rude', score: -50 });
    const listed = await root.call('GET', `${SYNAPSE_ADMIN}/event_reports?room_id=${part(roomId)}&dir=b&limit=5`);
    const { event_reports: reports, total } = expectShape(listed, eventReportsResponse);
    const [report] = reports as Json[];
    expect([total, report]).toEqual([
      1,
      expect.objectContaining({ event_id: eventId, user_id: bob.userId, sender: alice.userId, name: 'Reported' }),
    ]);
    const path = `${SYNAPSE_ADMIN}/event_reports/${String(report?.['id'])}`;
    const shown = expectShape(await root.call('GET', path), eventReportResponse);
    expect(shown['event_json']).toMatchObject({ content: { body: 'rude' } });
    expectError(await (await serverAdmin('rooms.test')).call('GET', path), 404, 'M_NOT_FOUND');
    expect(await root.ask('DELETE', path)).toEqual({});
    expectError(await root.call('GET', path), 404, 'M_NOT_FOUND');
    expectError(await root.call('GET', `${SYNAPSE_ADMIN}/event_reports/x`), 400, 'M_INVALID_PARAM');
    expectError(await root.call('GET', `${SYNAPSE_ADMIN}/event_reports?dir=x`), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', `${SYNAPSE_ADMIN}/event_reports`), 403, 'M_FORBIDDEN');
  });
});
