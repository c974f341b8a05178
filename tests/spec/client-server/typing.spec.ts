import { emptyResponse } from '@plexus/matrix-api';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError, expectShape } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let room: string;

beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  room = await alice.createRoom({ preset: 'public_chat' });
});

function type(client: MatrixClient, body: unknown = { typing: true, timeout: 30_000 }, of = client): Promise<Reply> {
  return client.call('PUT', roomPath(room, `/typing/${encodeURIComponent(of.userId)}`), body);
}

/** Syncs until the room’s `m.typing` names these users. */
async function expectTyping(client: MatrixClient, since: string, userIds: readonly string[]): Promise<void> {
  for (let token = since; ;) {
    const body = await client.sync({ since: token, timeout: 30_000 });
    token = String(body['next_batch']);
    const joined = (body['rooms'] as { join?: Record<string, { ephemeral?: { events: Json[] } }> } | undefined)?.join;
    const typing = joined?.[room]?.ephemeral?.events.find((event) => event['type'] === 'm.typing');
    if (typing === undefined) continue;
    return expect(typing).toEqual({ type: 'm.typing', content: { user_ids: userIds } });
  }
}

describe('PUT /typing', () => {
  it('is shown to the room until the user stops, or their time is over', async () => {
    await bob.join(room);
    const since = String((await bob.sync())['next_batch']);
    expectShape(await type(alice), emptyResponse);
    await expectTyping(bob, since, [alice.userId]);
    const typed = String((await bob.sync({ since }))['next_batch']);
    expectShape(await type(alice, { typing: false }), emptyResponse);
    await expectTyping(bob, typed, []);
    const stopped = String((await bob.sync({ since }))['next_batch']);
    expectShape(await type(alice, { typing: true, timeout: 300 }), emptyResponse);
    await expectTyping(bob, stopped, [alice.userId]);
    const again = String((await bob.sync({ since }))['next_batch']);
    await expectTyping(bob, again, []);
  });

  it('is for members, and for oneself', async () => {
    expectError(await type(bob), 403, 'M_FORBIDDEN');
    await bob.join(room);
    expectError(await type(bob, { typing: true }, alice), 403, 'M_FORBIDDEN');
    expectShape(await type(bob), emptyResponse);
    await bob.leave(room);
    expectError(await type(bob), 403, 'M_FORBIDDEN');
  });

  it.each([
    [{ typing: 'yes' }, 'M_BAD_JSON'],
    [{ timeout: 1000 }, 'M_MISSING_PARAM'],
    [{ typing: true, timeout: 'long' }, 'M_BAD_JSON'],
    [Buffer.from('{'), 'M_NOT_JSON'],
  ])('refuses the body %j', async (body, errcode) => {
    expectError(await type(alice, body), 400, errcode);
  });

  it('takes any time, and no user or room that is none', async () => {
    for (const timeout of [0, -5, Number.MAX_SAFE_INTEGER])
      expectShape(await type(alice, { typing: true, timeout }), emptyResponse);
    const nobody = await alice.call('PUT', roomPath(room, '/typing/nobody'), { typing: true });
    expectError(nobody, 400, 'M_INVALID_PARAM');
    const own = `/typing/${encodeURIComponent(alice.userId)}`;
    expectError(await alice.call('PUT', roomPath('room', own), { typing: true }), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('PUT', roomPath('!no:localhost', own), { typing: true }), 403, 'M_FORBIDDEN');
  });
});
