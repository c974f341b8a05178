import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { federationPath, Visitor } from '@plexus/testing';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let remote: Visitor;

beforeAll(async () => {
  http = await specified();
  alice = await http.register(uniqueName('alice'));
  remote = await Visitor.open(http);
});
afterAll(() => remote.stop());

const DENIED = { allow: ['*'], deny: ['127.0.0.1'] };

async function query(name: string, parameters: Readonly<Record<string, string>>) {
  const path = federationPath(`v1/query/${name}`);
  const isBare = Object.keys(parameters).length === 0;
  return remote.call('GET', isBare ? path : `${path}?${new URLSearchParams(parameters)}`);
}

describe('GET /query/profile', () => {
  it('tells what a user says of themselves, or one field of it', async () => {
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(alice.userId)}`;
    await alice.ask('PUT', `${path}/displayname`, { displayname: 'Alice' });
    await alice.ask('PUT', `${path}/m.tz`, { 'm.tz': 'Europe/Berlin' });
    const user = { user_id: alice.userId };
    expect((await query('profile', user)).body).toEqual({ displayname: 'Alice', 'm.tz': 'Europe/Berlin' });
    expect((await query('profile', { ...user, field: 'displayname' })).body).toEqual({ displayname: 'Alice' });
    expect((await query('profile', { ...user, field: 'avatar_url' })).body).toEqual({});
  });

  it('knows only users of the server', async () => {
    expectError(await query('profile', { user_id: '@nobody-there:localhost' }), 404, 'M_NOT_FOUND');
    expectError(await query('profile', { user_id: '@a:elsewhere.example' }), 404, 'M_NOT_FOUND');
    expectError(await query('profile', { user_id: 'nonsense' }), 400, 'M_INVALID_PARAM');
    expectError(await query('profile', {}), 400, 'M_MISSING_PARAM');
    expectError(await query('weather', {}), 404, 'M_UNRECOGNIZED');
  });
});

describe('GET /query/directory', () => {
  it('tells where an alias leads', async () => {
    const name = uniqueName('alias');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: name });
    await remote.join(roomId, remote.user('bob'));
    const { body } = await query('directory', { room_alias: `#${name}:localhost` });
    expect(body).toEqual({ room_id: roomId, servers: ['localhost', remote.serverName] });
    expectError(await query('directory', { room_alias: '#none-such:localhost' }), 404, 'M_NOT_FOUND');
    expectError(await query('directory', { room_alias: '#none:elsewhere.example' }), 404, 'M_NOT_FOUND');
    expectError(await query('directory', { room_alias: 'nonsense' }), 400, 'M_INVALID_PARAM');
    expectError(await query('directory', {}), 400, 'M_MISSING_PARAM');
  });
});

/** The whole directory, a room at a time; a page whose room keeps the server out is empty. */
async function allListed(): Promise<unknown[]> {
  const path = `${federationPath('v1/publicRooms')}?limit=1`;
  const listed: unknown[] = [];
  for (let since: unknown = undefined; ;) {
    const query = typeof since === 'string' ? `&since=${encodeURIComponent(since)}` : '';
    const page = (await remote.ask('GET', path + query)) as { chunk: Json[]; next_batch?: string };
    listed.push(...page.chunk.map(({ room_id: id }) => id));
    if (page.next_batch === undefined) return listed;
    since = page.next_batch;
  }
}

describe('/publicRooms', () => {
  it('lists published rooms, but for those that keep the server out', async () => {
    const name = uniqueName('directory');
    const options = { preset: 'public_chat', visibility: 'public', name };
    const [open, closed] = [await alice.createRoom(options), await alice.createRoom(options)];
    await alice.setState(closed, 'm.room.server_acl', DENIED);
    const body = { filter: { generic_search_term: name } };
    const found = async (): Promise<unknown> => {
      const { chunk } = (await remote.ask('POST', federationPath('v1/publicRooms'), body)) as { chunk: Json[] };
      return chunk.map(({ room_id: id }) => id);
    };
    await expect.poll(found).toEqual([open]);
    const listed = await allListed();
    expect(listed).toContain(open);
    expect(listed).not.toContain(closed);
    const wrong = `${federationPath('v1/publicRooms')}?since=nonsense`;
    expectError(await remote.call('GET', wrong), 400, 'M_INVALID_PARAM');
    expectError(await remote.call('POST', federationPath('v1/publicRooms'), { limit: 'x' }), 400, 'M_BAD_JSON');
  });
});

interface Hierarchy {
  readonly room: { readonly room_id: string; readonly children_state: readonly Json[] };
  readonly children: readonly Json[];
  readonly inaccessible_children: readonly string[];
}

describe('GET /hierarchy/{roomId}', () => {
  it('shows a space and the children that are open to the server', async () => {
    const space = await alice.createRoom({
      preset: 'public_chat',
      creation_content: { type: 'm.space' },
      name: 'Space',
    });
    const open = await alice.createRoom({ preset: 'public_chat', name: 'Open' });
    const secret = await alice.createRoom({ preset: 'private_chat' });
    const denied = await alice.createRoom({ preset: 'public_chat' });
    await alice.setState(denied, 'm.room.server_acl', DENIED);
    for (const child of [open, secret, denied, '!far:elsewhere.example'])
      await alice.setState(space, 'm.space.child', { via: ['localhost'], suggested: child === open }, child);
    const path = federationPath('v1/hierarchy', space);
    const answer = await remote.ask<Hierarchy>('GET', path);
    expect(answer.room).toMatchObject({ room_id: space, name: 'Space', room_type: 'm.space' });
    expect(answer.room.children_state).toHaveLength(4);
    expect(answer.children).toEqual([expect.objectContaining({ room_id: open, name: 'Open' })]);
    expect(answer.inaccessible_children.toSorted()).toEqual([secret, denied].toSorted());
    const suggested = await remote.ask('GET', `${path}?suggested_only=true`);
    expect(suggested).toMatchObject({ children: [{ room_id: open }], inaccessible_children: [] });
    expectError(await remote.call('GET', federationPath('v1/hierarchy', secret)), 404, 'M_NOT_FOUND');
    expectError(await remote.call('GET', federationPath('v1/hierarchy', '!none:localhost')), 404, 'M_NOT_FOUND');
  });
});

it('GET /hierarchy shows a closed room to a server of which a user is invited', async () => {
  const space = await alice.createRoom({ preset: 'public_chat', creation_content: { type: 'm.space' } });
  const options = { preset: 'public_chat', name: 'Closed', power_level_content_override: { invite: 0 } };
  const child = await alice.createRoom(options);
  await alice.setState(space, 'm.space.child', { via: ['localhost'] }, child);
  const bob = remote.user(uniqueName('bob'));
  const room = await remote.join(child, bob);
  const invited = {
    type: 'm.room.member',
    stateKey: remote.user(uniqueName('carol')),
    content: { membership: 'invite' },
  };
  const left = { type: 'm.room.member', stateKey: bob, content: { membership: 'leave' } };
  const pdus = [room.append(invited), room.append(left)].map(({ pdu }) => pdu);
  await remote.send(uniqueName('invited'), { pdus });
  const memberPath = `/_matrix/client/v3/rooms/${encodeURIComponent(child)}/state/m.room.member/${encodeURIComponent(bob)}`;
  await expect.poll(() => alice.ask('GET', memberPath)).toMatchObject({ membership: 'leave' });
  await alice.setState(child, 'm.room.join_rules', { join_rule: 'invite' });
  const answer = await remote.ask('GET', federationPath('v1/hierarchy', space));
  expect(answer).toMatchObject({ children: [{ room_id: child, name: 'Closed' }], inaccessible_children: [] });
  const stranger = await Visitor.open(http);
  const other = await stranger.ask('GET', federationPath('v1/hierarchy', space));
  await stranger.stop();
  expect(other).toMatchObject({ children: [], inaccessible_children: [child] });
});

describe('GET /openid/userinfo', () => {
  it('tells who gave a token', async () => {
    const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/openid/request_token`;
    const { access_token: token } = await alice.ask('POST', path, {});
    const infoPath = federationPath('v1/openid/userinfo');
    const asked = await http.call('GET', `${infoPath}?access_token=${String(token)}`);
    expect(asked).toEqual({ status: 200, body: { sub: alice.userId } });
    expectError(await http.call('GET', `${infoPath}?access_token=nonsense`), 401, 'M_UNKNOWN_TOKEN');
    expectError(await http.call('GET', infoPath), 401, 'M_MISSING_TOKEN');
  });
});
