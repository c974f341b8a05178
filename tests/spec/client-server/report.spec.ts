import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let eventId: string;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom();
  eventId = await alice.send(roomId, 'something bad');
});

function userPath(userId: string): string {
  return `/_matrix/client/v3/users/${encodeURIComponent(userId)}/report`;
}

describe('POST /rooms/{roomId}/report/{eventId}', () => {
  it('takes a report about a user whom the reporter ignores', async () => {
    const path = `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/account_data/m.ignored_user_list`;
    const carol = await (await specified()).register(uniqueName('carol'));
    const room = await carol.createRoom({ preset: 'public_chat' });
    await alice.join(room);
    const said = await carol.send(room, 'spam');
    await alice.ask('PUT', path, { ignored_users: { [carol.userId]: {} } });
    expect(await alice.ask('POST', roomPath(room, `/report/${said}`), {})).toEqual({});
    await alice.ask('PUT', path, { ignored_users: {} });
  });

  it('takes a report, with or without a reason', async () => {
    for (const body of [{ reason: 'rude' }, {}, { reason: 'older', score: -100 }]) {
      expect(await alice.ask('POST', roomPath(roomId, `/report/${eventId}`), body)).toEqual({});
    }
  });

  it('knows no event for who is not in the room, and none that does not exist', async () => {
    expectError(await bob.call('POST', roomPath(roomId, `/report/${eventId}`), {}), 404, 'M_NOT_FOUND');
    expectError(await alice.call('POST', roomPath(roomId, `/report/$${'a'.repeat(43)}`), {}), 404, 'M_NOT_FOUND');
  });

  it('knows no event from before the user could see', async () => {
    const secret = await alice.createRoom({
      initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'joined' } }],
    });
    const unseen = await alice.send(secret, 'before');
    await alice.invite(secret, bob.userId);
    await bob.join(secret);
    expectError(await bob.call('POST', roomPath(secret, `/report/${unseen}`), {}), 404, 'M_NOT_FOUND');
  });

  it.each([
    ['a reason that is no text', { reason: 5 }],
    ['a score above none', { score: 1 }],
    ['a score that is no integer', { score: 'bad' }],
  ])('refuses %s', async (_what, body) => {
    expectError(await alice.call('POST', roomPath(roomId, `/report/${eventId}`), body), 400, 'M_BAD_JSON');
  });
});

describe('POST /rooms/{roomId}/report', () => {
  it('takes a report from outside of the room', async () => {
    expect(await bob.ask('POST', roomPath(roomId, '/report'), { reason: '' })).toEqual({});
  });

  it('knows no room that is not here, and needs a reason', async () => {
    expectError(await bob.call('POST', roomPath('!nowhere:localhost', '/report'), { reason: '' }), 404, 'M_NOT_FOUND');
    expectError(await bob.call('POST', roomPath('nonsense', '/report'), { reason: '' }), 400, 'M_INVALID_PARAM');
    expectError(await bob.call('POST', roomPath(roomId, '/report'), {}), 400, 'M_MISSING_PARAM');
  });
});

describe('POST /users/{userId}/report', () => {
  it('takes a report of anybody who is known', async () => {
    expect(await bob.ask('POST', userPath(alice.userId), { reason: 'a bot' })).toEqual({});
  });

  it('takes a report of a user of another server, whose invite may be all that is known of them', async () => {
    expect(await bob.ask('POST', userPath('@spammer:elsewhere.test'), { reason: 'unwanted invites' })).toEqual({});
  });

  it('knows nobody else, and needs a reason', async () => {
    expectError(await bob.call('POST', userPath('@nobody:localhost'), { reason: '' }), 404, 'M_NOT_FOUND');
    expectError(await bob.call('POST', userPath('nobody'), { reason: '' }), 400, 'M_INVALID_PARAM');
    expectError(await bob.call('POST', userPath(alice.userId), {}), 400, 'M_MISSING_PARAM');
  });

  it('is not for guests', async () => {
    const guest = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const accessToken = String(guest.body['access_token']);
    const reply = await http.call('POST', userPath(alice.userId), { body: { reason: '' }, accessToken });
    expectError(reply, 403, 'M_GUEST_ACCESS_FORBIDDEN');
  });
});
