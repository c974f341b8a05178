import {
  accountDataOfUserResponse,
  adminDeviceResponse,
  adminDevicesResponse,
  adminUserResponse,
  adminUsersResponse,
  isAdminResponse,
  joinedRoomCountResponse,
  joinedRoomsOfUserResponse,
  logInAsResponse,
  membershipsResponse,
  rateLimitResponse,
  redactStatusResponse,
  redactUserResponse,
  roomSizesResponse,
  scheduledTasksResponse,
  sentInviteCountResponse,
  serverVersionResponse,
  userIdResponse,
  usernameResponse,
  whoIsResponse,
} from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../../support/matrix-client.ts';
import {
  deploymentAdmin,
  elsewhere,
  part,
  PLEXUS_ADMIN,
  serverAdmin,
  SYNAPSE_ADMIN,
} from '../support/administrators.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const USERS_V2 = '/_synapse/admin/v2/users';
const WHO_AM_I = '/_matrix/client/v3/account/whoami';

let http: MatrixHttp;
let root: MatrixClient;
let local: MatrixClient;
beforeAll(async () => {
  http = new MatrixHttp(await sharedDeployment());
  root = await deploymentAdmin();
  local = await serverAdmin();
});

function user(userId: string, rest = ''): string {
  return `${USERS_V2}/${part(userId)}${rest}`;
}

function userV1(userId: string, rest: string): string {
  return `${SYNAPSE_ADMIN}/users/${part(userId)}${rest}`;
}

function newId(): string {
  return `@${uniqueName('made')}:localhost`;
}

describe('listing users', () => {
  it('filters, orders and pages', async () => {
    const stem = uniqueName('listed');
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push((await http.register(`${stem}-${name}`)).userId);
    await root.ask('PUT', user(ids[1] ?? ''), { user_type: 'bot', displayname: 'Zed' });
    await root.ask('PUT', user(ids[2] ?? ''), { locked: true });
    const names = async (query: string): Promise<unknown> => {
      const listed = await root.call('GET', `${USERS_V2}?user_id=${stem}${query}`);
      return (expectShape(listed, adminUsersResponse)['users'] as Json[]).map(({ name }) => name);
    };
    expect(await names('')).toEqual(ids.slice(0, 2));
    expect(await names('&locked=true')).toEqual(ids);
    expect(await names('&locked=true&dir=b&order_by=creation_ts')).toEqual(ids.toReversed());
    expect(await names('&not_user_type=bot')).toEqual([ids[0]]);
    expect(await names('&admins=true')).toEqual([]);
    expect(await names('&order_by=displayname&dir=b')).toEqual([ids[1], ids[0]]);
    const page = await root.ask('GET', `${USERS_V2}?name=${stem}&limit=1`);
    expect([page['total'], page['next_token']]).toEqual([2, '1']);
    expect((await root.ask('GET', `${USERS_V2}?name=${stem}&limit=1&from=1`))['next_token']).toBeUndefined();
    const v3 = await root.ask('GET', `/_synapse/admin/v3/users?user_id=${stem}&deactivated=true`);
    expect(v3['total']).toBe(0);
  });

  it('shows an administrator of a server that server’s users', async () => {
    const carol = await (await elsewhere(root, 'users.test')).register(uniqueName('carol'));
    const theirs = await serverAdmin('users.test');
    const { users } = await theirs.ask('GET', `${USERS_V2}?limit=1000`);
    const names = (users as Json[]).map(({ name }) => String(name));
    expect(names).toContain(carol.userId);
    expect(names.every((name) => name.endsWith(':users.test'))).toBe(true);
    expectError(await theirs.call('GET', user(root.userId)), 403, 'M_FORBIDDEN');
    expectError(await carol.call('GET', USERS_V2), 403, 'M_FORBIDDEN');
    expectError(await root.call('GET', `${USERS_V2}?order_by=shoe_size`), 400, 'M_INVALID_PARAM');
    expectError(await root.call('GET', `${USERS_V2}?from=-1`), 400, 'M_INVALID_PARAM');
  });
});

describe('making and changing users', () => {
  it('makes one, and shows what was asked for', async () => {
    const userId = newId();
    const body = {
      password: 'secret',
      displayname: 'Made',
      avatar_url: 'mxc://localhost/a',
      user_type: 'support',
      admin: false,
      external_ids: [{ auth_provider: 'oidc', external_id: userId }],
    };
    const made = expectShape(await root.call('PUT', user(userId), body), adminUserResponse, 201);
    expect(made).toMatchObject({ name: userId, displayname: 'Made', user_type: 'support', deactivated: false });
    expect(made['external_ids']).toEqual([{ auth_provider: 'oidc', external_id: userId }]);
    expect(expectShape(await root.call('GET', user(userId)), adminUserResponse)).toEqual(made);
    expect((await http.login(userId, 'secret')).userId).toBe(userId);
    const byId = `${SYNAPSE_ADMIN}/auth_providers/oidc/users/${part(userId)}`;
    expect(expectShape(await root.call('GET', byId), userIdResponse)).toEqual({ user_id: userId });
    const address = `${uniqueName('mail')}@elsewhere.test`;
    const threepids = [{ medium: 'email', address: address.toUpperCase() }];
    const reached = await root.ask('PUT', user(userId), { threepids });
    expect(reached['threepids']).toEqual([expect.objectContaining({ medium: 'email', address })]);
    const byMail = `${SYNAPSE_ADMIN}/threepid/email/users/${part(address)}`;
    expect(expectShape(await root.call('GET', byMail), userIdResponse)).toEqual({ user_id: userId });
    expectError(await root.call('PUT', user(newId()), { threepids }), 409, 'M_THREEPID_IN_USE');
    expect((await root.ask('PUT', user(userId), { threepids: [] }))['threepids']).toEqual([]);
    expectError(await root.call('GET', byMail), 404, 'M_NOT_FOUND');
    const taken = { external_ids: [{ auth_provider: 'oidc', external_id: userId }] };
    expectError(await root.call('PUT', user(newId()), taken), 409, 'M_UNKNOWN');
    expectError(await root.call('GET', `${SYNAPSE_ADMIN}/auth_providers/oidc/users/none`), 404, 'M_NOT_FOUND');
  });

  it('changes how a user is shown wherever that is', async () => {
    const [shown, viewer] = [await http.register(uniqueName('shown')), await http.register(uniqueName('viewer'))];
    const roomId = await shown.createRoom({ preset: 'public_chat' });
    await viewer.join(roomId);
    const name = `Renamed ${uniqueName('name')}`;
    await root.ask('PUT', user(shown.userId), { displayname: name, avatar_url: 'mxc://localhost/new' });
    const member = roomPath(roomId, `/state/m.room.member/${part(shown.userId)}`);
    await expect
      .poll(() => viewer.ask('GET', member), { timeout: 10_000 })
      .toMatchObject({ displayname: name, avatar_url: 'mxc://localhost/new' });
    const directory = '/_matrix/client/v3/user_directory/search';
    const { results } = await viewer.ask('POST', directory, { search_term: name.split(' ')[1] });
    expect(results).toEqual([expect.objectContaining({ user_id: shown.userId, display_name: name })]);
    await root.ask('PUT', user(shown.userId), { displayname: null });
    await expect
      .poll(async () => (await viewer.ask('GET', member))['displayname'], { timeout: 10_000 })
      .toBeUndefined();
    await root.ask('POST', `${SYNAPSE_ADMIN}/deactivate/${part(shown.userId)}`, {});
    expect(await root.ask('PUT', user(shown.userId), { displayname: 'Gone' })).toMatchObject({ displayname: 'Gone' });
  });

  it('changes a password and ends sessions with it, unless told otherwise', async () => {
    const bob = await http.register(uniqueName('bob'));
    await root.ask('PUT', user(bob.userId), { password: 'second', logout_devices: false });
    await bob.ask('GET', WHO_AM_I);
    await root.ask('POST', `${SYNAPSE_ADMIN}/reset_password/${part(bob.userId)}`, { new_password: 'third' });
    expectError(await bob.call('GET', WHO_AM_I), 401, 'M_UNKNOWN_TOKEN');
    await http.login(bob.userId, 'third');
  });

  it('makes administrators, of a server and of the deployment', async () => {
    const bob = await http.register(uniqueName('bob'));
    const path = userV1(bob.userId, '/admin');
    expect(expectShape(await root.call('GET', path), isAdminResponse)).toEqual({ admin: false });
    await local.ask('PUT', path, { admin: true });
    expect(await bob.ask('GET', path)).toEqual({ admin: true });
    expectError(await bob.call('GET', `${PLEXUS_ADMIN}/servers`), 403, 'M_FORBIDDEN');
    const scope = `${PLEXUS_ADMIN}/administrators/${part(bob.userId)}`;
    expectError(await local.call('PUT', scope, { scope: 'deployment' }), 403, 'M_FORBIDDEN');
    await root.ask('PUT', scope, { scope: 'deployment' });
    await bob.ask('GET', `${PLEXUS_ADMIN}/servers`);
    expectError(await local.call('PUT', user(bob.userId), { password: 'stolen' }), 403, 'M_FORBIDDEN');
    expectError(await local.call('POST', userV1(bob.userId, '/login'), {}), 403, 'M_FORBIDDEN');
    await root.ask('PUT', path, { admin: false });
    expectError(await bob.call('GET', path), 403, 'M_FORBIDDEN');
    expectError(await root.call('PUT', userV1(root.userId, '/admin'), { admin: false }), 400, 'M_UNKNOWN');
  });

  it('locks, suspends and closes accounts, and opens them again', async () => {
    const bob = await http.register(uniqueName('bob'));
    const room = await bob.createRoom({ preset: 'public_chat' });
    await root.ask('PUT', user(bob.userId), { locked: true });
    expectError(await bob.call('GET', WHO_AM_I), 401, 'M_USER_LOCKED');
    await root.ask('PUT', user(bob.userId), { locked: false });
    const suspend = `${SYNAPSE_ADMIN}/suspend/${part(bob.userId)}`;
    expect(await root.ask('PUT', suspend, { suspend: true })).toEqual({ [`user_${bob.userId}_suspended`]: true });
    expectError(await bob.call('PUT', bob.sendPath(room, 't'), { body: 'x' }), 403, 'M_USER_SUSPENDED');
    await root.ask('PUT', suspend, { suspend: false });
    await bob.send(room, 'back');
    const closed = await root.ask('POST', `${SYNAPSE_ADMIN}/deactivate/${part(bob.userId)}`, { erase: false });
    expect(closed).toEqual({ id_server_unbind_result: 'success' });
    expectError(await bob.call('GET', WHO_AM_I), 401, 'M_UNKNOWN_TOKEN');
    await expect
      .poll(async () => (await root.ask('GET', userV1(bob.userId, '/joined_rooms')))['total'], { timeout: 30_000 })
      .toBe(0);
    expect(await root.ask('GET', user(bob.userId))).toMatchObject({ deactivated: true });
    expectError(await root.call('PUT', user(bob.userId), { deactivated: false }), 400, 'M_UNKNOWN');
    await root.ask('PUT', user(bob.userId), { deactivated: false, password: 'again' });
    await http.login(bob.userId, 'again');
  });

  it.each<[string, () => string, Json, number, string]>([
    ['a user of another server', () => user('@a:elsewhere.test'), {}, 400, 'M_UNKNOWN'],
    ['what is no user id', () => user('nobody'), {}, 400, 'M_INVALID_PARAM'],
    ['a name that nobody may have', () => user('@UPPER:localhost'), {}, 400, 'M_INVALID_USERNAME'],
    ['a flag that is none', () => user(newId()), { admin: 'yes' }, 400, 'M_BAD_JSON'],
    ['a password that is none', () => user(newId()), { password: 1 }, 400, 'M_BAD_JSON'],
    ['locked and closed', () => user(newId()), { locked: true, deactivated: true }, 400, 'M_UNKNOWN'],
    ['their own lock', () => user(root.userId), { locked: true }, 400, 'M_UNKNOWN'],
  ])('refuses %s', async (_what, path, body, status, errcode) => {
    expectError(await root.call('PUT', path(), body), status, errcode);
  });

  it('knows users only', async () => {
    for (const rest of ['/admin', '/joined_rooms', '/memberships', '/accountdata', '/override_ratelimit']) {
      expectError(await root.call('GET', userV1('@nobody:localhost', rest)), 404, 'M_NOT_FOUND');
    }
    expectError(await root.call('GET', user('@nobody:localhost')), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', `${SYNAPSE_ADMIN}/deactivate/@nobody:localhost`, {}), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', userV1('@nobody:localhost', '/shadow_ban'), {}), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', userV1(root.userId, '/shadow_ban'), {}), 400, 'M_UNKNOWN');
  });
});

describe('what is known of a user', () => {
  let bob: MatrixClient;
  let roomId: string;
  beforeAll(async () => {
    bob = await http.register(uniqueName('bob'));
    roomId = await bob.createRoom();
  });

  it('shows rooms, account data and sightings', async () => {
    const left = await bob.createRoom();
    await bob.leave(left);
    const joined = expectShape(await root.call('GET', userV1(bob.userId, '/joined_rooms')), joinedRoomsOfUserResponse);
    expect(joined).toEqual({ joined_rooms: [roomId], total: 1 });
    const all = expectShape(await root.call('GET', userV1(bob.userId, '/memberships')), membershipsResponse);
    expect(all['memberships']).toEqual({ [roomId]: 'join', [left]: 'leave' });
    await bob.ask('PUT', `/_matrix/client/v3/user/${bob.userId}/account_data/a.type`, { a: 1 });
    const data = expectShape(await root.call('GET', userV1(bob.userId, '/accountdata')), accountDataOfUserResponse);
    expect(data['account_data']).toMatchObject({ global: { 'a.type': { a: 1 } } });
    const who = expectShape(await root.call('GET', `${SYNAPSE_ADMIN}/whois/${part(bob.userId)}`), whoIsResponse);
    expect(who).toMatchObject({ user_id: bob.userId, devices: { [bob.session.deviceId]: { sessions: [{}] } } });
    const own = `/_matrix/client/v3/admin/whois/${part(bob.userId)}`;
    expectShape(await bob.call('GET', own), whoIsResponse);
    expectError(await (await http.register(uniqueName('eve'))).call('GET', own), 403, 'M_FORBIDDEN');
  });

  it('lists, adds, renames and removes devices', async () => {
    const path = user(bob.userId, '/devices');
    expect((await root.call('POST', path, { device_id: 'ADDED' })).status).toBe(201);
    const listed = expectShape(await root.call('GET', path), adminDevicesResponse);
    expect(listed['total']).toBe(2);
    await root.ask('PUT', `${path}/ADDED`, { display_name: 'Named' });
    expect(expectShape(await root.call('GET', `${path}/ADDED`), adminDeviceResponse)).toMatchObject({
      display_name: 'Named',
      user_id: bob.userId,
    });
    await root.ask('DELETE', `${path}/ADDED`);
    expectError(await root.call('GET', `${path}/ADDED`), 404, 'M_NOT_FOUND');
    const other = await http.login(bob.userId);
    await root.ask('POST', user(bob.userId, '/delete_devices'), { devices: [other.session.deviceId] });
    expectError(await other.call('GET', WHO_AM_I), 401, 'M_UNKNOWN_TOKEN');
    await bob.ask('GET', WHO_AM_I);
  });

  it('gives a token in their name', async () => {
    const given = expectShape(await root.call('POST', userV1(bob.userId, '/login'), {}), logInAsResponse);
    const session = { userId: bob.userId, accessToken: textOf(given, 'access_token'), deviceId: '' };
    expect(await new MatrixClient(http, session).ask('GET', WHO_AM_I)).toMatchObject({ user_id: bob.userId });
    expectError(await root.call('POST', userV1(root.userId, '/login'), {}), 400, 'M_UNKNOWN');
    expectError(await root.call('POST', userV1(bob.userId, '/login'), { valid_until_ms: 1 }), 400, 'M_INVALID_PARAM');
  });

  it('counts what they did of late', async () => {
    const [eve, dan] = [await http.register(uniqueName('eve')), await http.register(uniqueName('dan'))];
    const open = await dan.createRoom({ preset: 'public_chat' });
    const began = Date.now() - 1_000;
    const own = await eve.createRoom({ invite: [dan.userId] });
    await eve.join(open);
    await eve.invite(own, bob.userId);
    await eve.ask('PUT', roomPath(open, `/state/m.room.member/${part(eve.userId)}`), {
      membership: 'join',
      displayname: 'E',
    });
    await eve.leave(open);
    await dan.join(own);
    const since = (name: string, time: number) => root.call('GET', userV1(eve.userId, `/${name}?from_ts=${time}`));
    const invitesSince = async (time: number): Promise<Json> =>
      expectShape(await since('sent_invite_count', time), sentInviteCountResponse);
    const roomsSince = async (time: number): Promise<Json> =>
      expectShape(await since('cumulative_joined_room_count', time), joinedRoomCountResponse);
    expect(await invitesSince(began)).toEqual({ invite_count: 2 });
    expect(await roomsSince(began)).toEqual({ cumulative_joined_room_count: 2 });
    const later = Date.now() + 60_000;
    expect(await invitesSince(later)).toEqual({ invite_count: 0 });
    expect(await roomsSince(later)).toEqual({ cumulative_joined_room_count: 0 });
    expectError(await root.call('GET', userV1(eve.userId, '/sent_invite_count')), 400, 'M_MISSING_PARAM');
    expectError(
      await root.call('GET', userV1('@nobody:localhost', '/sent_invite_count?from_ts=0')),
      404,
      'M_NOT_FOUND',
    );
  });

  it('overrides their limits', async () => {
    const path = userV1(bob.userId, '/override_ratelimit');
    expect(await root.ask('GET', path)).toEqual({});
    const limit = { messages_per_second: 0, burst_count: 0 };
    expect(expectShape(await root.call('POST', path, limit), rateLimitResponse)).toEqual(limit);
    expect(await root.ask('GET', path)).toEqual(limit);
    await root.ask('DELETE', path);
    expect(await root.ask('GET', path)).toEqual({});
    expectError(await root.call('POST', path, { burst_count: -1 }), 400, 'M_BAD_JSON');
  });

  it('redacts what they said', async () => {
    const said = [await bob.send(roomId, 'one'), await bob.send(roomId, 'two')];
    const path = `${SYNAPSE_ADMIN}/user/${part(bob.userId)}/redact`;
    const begun = expectShape(await root.call('POST', path, { rooms: [], reason: 'spam' }), redactUserResponse);
    const status = `${SYNAPSE_ADMIN}/user/redact_status/${textOf(begun, 'redact_id')}`;
    await expect
      .poll(async () => expectShape(await root.call('GET', status), redactStatusResponse), { timeout: 30_000 })
      .toMatchObject({ status: 'complete', failed_redactions: {} });
    for (const eventId of said) {
      expect(await bob.ask('GET', roomPath(roomId, `/event/${part(eventId)}`))).toMatchObject({ content: {} });
    }
    expectError(await root.call('GET', `${SYNAPSE_ADMIN}/user/redact_status/none`), 404, 'M_NOT_FOUND');
    expectError(await root.call('POST', path, { rooms: ['x'] }), 400, 'M_INVALID_PARAM');
    expectError(await root.call('POST', path, {}), 400, 'M_MISSING_PARAM');
  });
});

describe('the deployment', () => {
  it('says which version it is, what works in the background, and which rooms are large', async () => {
    const version = expectShape(await http.call('GET', `${SYNAPSE_ADMIN}/server_version`), serverVersionResponse);
    expect(version['server_version']).toMatch(/^Plexus /);
    const tasks = await root.call('GET', `${SYNAPSE_ADMIN}/scheduled_tasks?action_name=redact_user`);
    expect((expectShape(tasks, scheduledTasksResponse)['scheduled_tasks'] as Json[])[0]).toMatchObject({
      action: 'redact_user',
    });
    expectShape(await root.call('GET', `${SYNAPSE_ADMIN}/statistics/database/rooms`), roomSizesResponse);
    expect(await root.ask('GET', `${SYNAPSE_ADMIN}/background_updates/status`)).toMatchObject({ enabled: true });
    const free = await root.call('GET', `${SYNAPSE_ADMIN}/username_available?username=${uniqueName('free')}`);
    expect(expectShape(free, usernameResponse)).toEqual({ available: true });
    const taken = `${SYNAPSE_ADMIN}/username_available?username=${local.userId.slice(1).split(':')[0] ?? ''}`;
    expectError(await root.call('GET', taken), 400, 'M_USER_IN_USE');
    expectError(await root.call('GET', `${SYNAPSE_ADMIN}/scheduled_tasks?job_status=x`), 400, 'M_INVALID_PARAM');
  });
});
