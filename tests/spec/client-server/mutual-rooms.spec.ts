import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  const http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

function ask(query: Readonly<Record<string, string>>): Promise<Reply> {
  return alice.call('GET', `/_matrix/client/v1/mutual_rooms?${new URLSearchParams(query)}`);
}

describe('GET /mutual_rooms', () => {
  it('names the rooms that both are joined to', async () => {
    const [shared, invited, left] = [
      await alice.createRoom({ invite: [bob.userId] }),
      await alice.createRoom({ invite: [bob.userId] }),
      await alice.createRoom({ invite: [bob.userId] }),
    ];
    await bob.join(shared);
    await bob.join(left);
    await bob.leave(left);
    expect((await ask({ user_id: bob.userId })).body).toEqual({ joined: [shared], count: 1 });
    expect([invited, left]).not.toContain(shared);
  });

  it('has none for a user who does not exist', async () => {
    expect((await ask({ user_id: '@nobody:localhost' })).body).toEqual({ joined: [], count: 0 });
    expect((await ask({ user_id: '@nobody:elsewhere.test' })).body).toEqual({ joined: [], count: 0 });
  });

  it.each([
    ['no user', {}, 'M_MISSING_PARAM'],
    ['what is no user id', { user_id: 'bob' }, 'M_INVALID_PARAM'],
    ['a user id that none may be', { user_id: '@böb:localhost' }, 'M_INVALID_PARAM'],
    ['an unknown token', { user_id: '@bob:localhost', from: 'nonsense' }, 'M_INVALID_PARAM'],
  ])('refuses %s', async (_what, query: Readonly<Record<string, string>>, errcode) => {
    expectError(await ask(query), 400, errcode);
  });

  it('refuses oneself', async () => {
    expectError(await ask({ user_id: alice.userId }), 400, 'M_INVALID_PARAM');
  });
});
