import { emptyResponse } from '@plexus/matrix-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let stranger: MatrixClient;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  stranger = await http.register(uniqueName('stranger'));
  await bob.join(await alice.createRoom({ preset: 'public_chat' }));
});

function statusPath({ userId }: MatrixClient): string {
  return `/_matrix/client/v3/presence/${encodeURIComponent(userId)}/status`;
}

function set(client: MatrixClient, body: unknown, of = client): Promise<Reply> {
  return client.call('PUT', statusPath(of), body);
}

async function presenceIn(client: MatrixClient, of: MatrixClient, since: string): Promise<Json> {
  for (let token = since; ;) {
    const body = await client.sync({ since: token, timeout: 30_000 });
    token = String(body['next_batch']);
    const { events = [] } = (body['presence'] ?? {}) as { events?: Json[] };
    const found = events.find(({ sender }) => sender === of.userId);
    if (found !== undefined) return found;
  }
}

describe('presence', () => {
  it('is set by a user, and told to who shares a room with them', async () => {
    const since = String((await alice.sync())['next_batch']);
    expectShape(await set(bob, { presence: 'online', status_msg: 'here' }), emptyResponse);
    expect(await presenceIn(alice, bob, since)).toEqual({
      type: 'm.presence',
      sender: bob.userId,
      content: {
        presence: 'online',
        status_msg: 'here',
        currently_active: true,
        last_active_ago: expect.any(Number),
      },
    });
    expect((await alice.call('GET', statusPath(bob))).body).toMatchObject({ presence: 'online', status_msg: 'here' });
    expectShape(await set(bob, { presence: 'offline' }), emptyResponse);
    await expect.poll(() => alice.ask('GET', statusPath(bob))).toMatchObject({ presence: 'offline' });
    expectError(await stranger.call('GET', statusPath(bob)), 403, 'M_FORBIDDEN');
    expect((await stranger.call('GET', statusPath(stranger))).body).toEqual({ presence: 'offline' });
  });

  it('is as a client that syncs says', async () => {
    const since = String((await alice.sync())['next_batch']);
    await bob.sync({ setPresence: 'unavailable' });
    expect(await presenceIn(alice, bob, since)).toMatchObject({ content: { presence: 'unavailable' } });
  });

  it.each([
    [{}, 400, 'M_MISSING_PARAM'],
    [{ presence: 'busy' }, 400, 'M_BAD_JSON'],
    [{ presence: 'online', status_msg: 7 }, 400, 'M_BAD_JSON'],
    [[], 400, 'M_BAD_JSON'],
  ])('refuses %j', async (body, status, errcode) => {
    const reply = await set(alice, body);
    expect(reply.status).toBe(status);
    expect(['M_INVALID_PARAM', errcode]).toContain(reply.body['errcode']);
  });

  it('of others is theirs to set, and of nobody is refused', async () => {
    expectError(await set(alice, { presence: 'online' }, bob), 403, 'M_FORBIDDEN');
    const nobody = await alice.call('GET', '/_matrix/client/v3/presence/nobody/status');
    expectError(nobody, 400, 'M_INVALID_PARAM');
    const unknown = await alice.call('GET', '/_matrix/client/v3/presence/%40none%3Alocalhost/status');
    expectError(unknown, 403, 'M_FORBIDDEN');
  });

  it('refuses a status message that is too long or that no database keeps', async () => {
    for (const status of ['x'.repeat(2_049), 'a\0b'])
      expectError(await set(alice, { presence: 'online', status_msg: status }), 400, 'M_INVALID_PARAM');
  });
});
