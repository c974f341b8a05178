import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import { syncWith } from '../support/sync-answer.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

function knock(client: MatrixClient, room: string, body: unknown = {}): Promise<Reply> {
  return client.call('POST', `/_matrix/client/v3/knock/${encodeURIComponent(room)}?via=localhost`, body);
}

function createRoom(joinRule: string, options: object = {}): Promise<string> {
  const joinRules = { type: 'm.room.join_rules', content: { join_rule: joinRule } };
  return alice.createRoom({ name: 'Tea', initial_state: [joinRules], ...options });
}

describe('POST /knock/{roomIdOrAlias}', () => {
  it('asks members to be let in, with a reason, by id and by alias', async () => {
    const name = uniqueName('knock');
    const roomId = await createRoom('knock', { room_alias_name: name });
    expect((await knock(bob, `#${name}:localhost`, { reason: 'please' })).body).toEqual({ room_id: roomId });
    const member = roomPath(roomId, `/state/m.room.member/${encodeURIComponent(bob.userId)}`);
    expect(await alice.ask('GET', member)).toMatchObject({ membership: 'knock', reason: 'please' });
    const { rooms } = await syncWith(bob);
    const told = rooms?.knock?.[roomId]?.knock_state.events ?? [];
    expect(told.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.join_rules', 'm.room.name', 'm.room.member']),
    );
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId);
  });

  it('can be taken back, and turned down', async () => {
    const roomId = await createRoom('knock');
    await knock(bob, roomId);
    await bob.leave(roomId);
    await knock(bob, roomId);
    await alice.ask('POST', roomPath(roomId, '/kick'), { user_id: bob.userId });
    expect((await knock(bob, roomId)).status).toBe(200);
  });

  it('takes a knock at a room that is restricted besides', async () => {
    expect((await knock(bob, await createRoom('knock_restricted'))).status).toBe(200);
  });

  it('refuses a room where nobody may knock', async () => {
    for (const joinRule of ['invite', 'public']) {
      expectError(await knock(bob, await createRoom(joinRule)), 403, 'M_FORBIDDEN');
    }
    expectError(await knock(bob, await createRoom('knock', { room_version: '6' })), 403, 'M_FORBIDDEN');
  });

  it('refuses who is banned, and who is in', async () => {
    const roomId = await createRoom('knock');
    expectError(await knock(alice, roomId), 403, 'M_FORBIDDEN');
    await alice.ask('POST', roomPath(roomId, '/ban'), { user_id: bob.userId });
    expectError(await knock(bob, roomId), 403, 'M_FORBIDDEN');
  });

  it('finds no room that is not there', async () => {
    expectError(await knock(bob, '#nothing:localhost'), 404, 'M_NOT_FOUND');
    expectError(await knock(bob, '!nowhere:localhost'), 404, 'M_NOT_FOUND');
    expectError(await knock(bob, 'nonsense'), 400, 'M_INVALID_PARAM');
    expectError(await knock(bob, '#nothing:localhost', { reason: 5 }), 400, 'M_BAD_JSON');
  });
});
