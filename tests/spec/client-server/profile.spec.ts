import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = await specified();
  bob = await http.register(uniqueName('bob'));
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
});

function profilePath(userId: string, keyName?: string): string {
  const path = `/_matrix/client/v3/profile/${encodeURIComponent(userId)}`;
  return keyName === undefined ? path : `${path}/${encodeURIComponent(keyName)}`;
}

function set(keyName: string, body: unknown, client = alice): Promise<Reply> {
  return client.call('PUT', profilePath(alice.userId, keyName), body);
}

describe('a profile', () => {
  it('has nothing at first', async () => {
    expect((await http.call('GET', profilePath(alice.userId))).body).toEqual({});
    expectError(await http.call('GET', profilePath(alice.userId, 'displayname')), 404, 'M_NOT_FOUND');
  });

  it('keeps its fields, for everybody to read', async () => {
    const fields = {
      displayname: 'Alice',
      avatar_url: 'mxc://localhost/abc',
      'm.tz': 'Europe/Vienna',
      'org.example.any': { nested: [1, null] },
    };
    for (const [keyName, value] of Object.entries(fields)) {
      expect((await set(keyName, { [keyName]: value })).body).toEqual({});
      expect(await bob.ask('GET', profilePath(alice.userId, keyName))).toEqual({ [keyName]: value });
    }
    expect((await http.call('GET', profilePath(alice.userId))).body).toEqual(fields);
    for (const keyName of Object.keys(fields)) await alice.ask('DELETE', profilePath(alice.userId, keyName));
    expect(await alice.ask('DELETE', profilePath(alice.userId, 'org.example.any'))).toEqual({});
    expect((await http.call('GET', profilePath(alice.userId))).body).toEqual({});
  });

  it('is seen in the user’s rooms soon after, and in new ones at once', async () => {
    const roomIds = [await alice.createRoom(), await alice.createRoom()];
    await set('displayname', { displayname: 'Alice' });
    await set('avatar_url', { avatar_url: 'mxc://localhost/abc' });
    const shown = { membership: 'join', displayname: 'Alice', avatar_url: 'mxc://localhost/abc' };
    const memberIn = (roomId: string): Promise<object> =>
      alice.ask('GET', roomPath(roomId, `/state/m.room.member/${encodeURIComponent(alice.userId)}`));
    expect(await memberIn(await alice.createRoom())).toEqual(shown);
    for (const roomId of roomIds) await expect.poll(() => memberIn(roomId), { timeout: 20_000 }).toEqual(shown);
  });

  it('does not bring back who has left', async () => {
    const roomId = await bob.createRoom({ preset: 'public_chat' });
    await alice.join(roomId);
    await alice.leave(roomId);
    const other = await alice.createRoom();
    await set('displayname', { displayname: 'Alice' });
    const member = `/state/m.room.member/${encodeURIComponent(alice.userId)}`;
    await expect
      .poll(() => alice.ask('GET', roomPath(other, member)), { timeout: 20_000 })
      .toMatchObject({ displayname: 'Alice' });
    expect(await bob.ask('GET', roomPath(roomId, member))).toMatchObject({ membership: 'leave' });
  });

  it('is changed by nobody else', async () => {
    expectError(await set('displayname', { displayname: 'x' }, bob), 403, 'M_FORBIDDEN');
    expectError(await bob.call('DELETE', profilePath(alice.userId, 'displayname')), 403, 'M_FORBIDDEN');
  });

  it('is unknown of who does not exist', async () => {
    expectError(await http.call('GET', profilePath('@nobody:localhost')), 404, 'M_NOT_FOUND');
    expectError(await http.call('GET', profilePath('@nobody:elsewhere.test')), 404, 'M_NOT_FOUND');
    expectError(await http.call('GET', profilePath('nobody')), 400, 'M_INVALID_PARAM');
  });

  it('of a guest has a name only', async () => {
    const guest = (await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} })).body;
    const [accessToken, userId] = [String(guest['access_token']), String(guest['user_id'])];
    const put = (keyName: string): Promise<Reply> =>
      http.call('PUT', profilePath(userId, keyName), { body: { [keyName]: 'mxc://localhost/a' }, accessToken });
    expect((await put('displayname')).body).toEqual({});
    expectError(await put('avatar_url'), 403, 'M_GUEST_ACCESS_FORBIDDEN');
  });
});

describe('PUT /profile/{userId}/{keyName}', () => {
  it.each([
    ['a body without the field', 'displayname', {}, 'M_MISSING_PARAM'],
    ['a body that is no object', 'displayname', ['displayname'], 'M_BAD_JSON'],
    ['a body that is no JSON', 'displayname', Buffer.from('{'), 'M_NOT_JSON'],
    ['a name that is no text', 'displayname', { displayname: null }, 'M_INVALID_PARAM'],
    ['an avatar that is no content', 'avatar_url', { avatar_url: 'https://a.test/' }, 'M_INVALID_PARAM'],
    ['a time zone that is none', 'm.tz', { 'm.tz': 'Mars/Olympus' }, 'M_INVALID_PARAM'],
    ['a field of no namespace', 'nickname', { nickname: 'x' }, 'M_INVALID_PARAM'],
    ['a field’s name that is too long', `a.${'b'.repeat(260)}`, {}, 'M_KEY_TOO_LARGE'],
    ['a profile that is too large', 'org.example.a', { 'org.example.a': 'x'.repeat(65_536) }, 'M_PROFILE_TOO_LARGE'],
  ])('refuses %s', async (_what, keyName, body, errcode) => {
    expectError(await set(keyName, body), 400, errcode);
  });
});

describe('GET /capabilities', () => {
  it('says that profiles can be changed', async () => {
    expect(await alice.ask('GET', '/_matrix/client/v3/capabilities')).toMatchObject({
      capabilities: {
        'm.profile_fields': { enabled: true },
        'm.set_displayname': { enabled: true },
        'm.set_avatar_url': { enabled: true },
      },
    });
  });
});
