import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const PUBLIC_ROOMS = '/_matrix/client/v3/publicRooms';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let carol: MatrixClient;
/** A word that only the rooms of these tests have. */
const word = uniqueName('tea').replaceAll('-', '');
beforeAll(async () => {
  http = await specified();
  [alice, bob, carol] = [
    await http.register(uniqueName('alice')),
    await http.register(uniqueName('bob')),
    await http.register(uniqueName('carol')),
  ];
});

interface Page {
  readonly chunk: readonly Json[];
  readonly next_batch?: string;
  readonly prev_batch?: string;
}

async function search(body: Json = {}, term = word): Promise<Page> {
  const filter = { generic_search_term: term, ...(body['filter'] as Json | undefined) };
  return bob.ask<Page>('POST', PUBLIC_ROOMS, { ...body, filter });
}

function listPath(roomId: string): string {
  return `/_matrix/client/v3/directory/list/room/${encodeURIComponent(roomId)}`;
}

function namesOf({ chunk }: Page): unknown[] {
  return chunk.map(({ name }) => name);
}

describe('the directory', () => {
  it('shows what describes a published room, as it changes', async () => {
    const name = `${word} house`;
    const room_alias_name = uniqueName('house');
    const roomId = await alice.createRoom({ visibility: 'public', name, topic: 'Leaves', room_alias_name });
    const shown = {
      room_id: roomId,
      name,
      topic: 'Leaves',
      canonical_alias: `#${room_alias_name}:localhost`,
      num_joined_members: 1,
      join_rule: 'public',
      world_readable: false,
      guest_can_join: false,
    };
    expect((await search({}, `${word} hou`)).chunk).toEqual([shown]);
    await bob.join(roomId);
    await alice.setState(roomId, 'm.room.topic', { topic: 'Cups' });
    await alice.setState(roomId, 'm.room.history_visibility', { history_visibility: 'world_readable' });
    expect((await search({}, `cups ${word.toUpperCase()}`)).chunk).toEqual([
      { ...shown, topic: 'Cups', num_joined_members: 2, world_readable: true },
    ]);
    const { body } = await http.call('GET', `${PUBLIC_ROOMS}?limit=500`);
    expect(body['chunk']).toContainEqual(expect.objectContaining({ room_id: roomId }));
    for (const client of [alice, bob]) await client.leave(roomId);
    expect((await search({}, `${word} hou`)).chunk).toEqual([]);
  });

  it('is walked both ways, the largest rooms first', async () => {
    const names = ['c', 'b', 'a'].map((letter) => `${word}walk ${letter}`);
    for (const [index, name] of names.entries()) {
      const roomId = await alice.createRoom({ visibility: 'public', name });
      for (const client of [bob, carol].slice(0, index)) await client.join(roomId);
    }
    const term = `${word}walk`;
    const first = await search({ limit: 1 }, term);
    expect([namesOf(first), first.prev_batch]).toEqual([[names[2]], undefined]);
    const second = await search({ limit: 1, since: first.next_batch }, term);
    const third = await search({ limit: 1, since: second.next_batch }, term);
    expect([namesOf(second), namesOf(third), third.next_batch]).toEqual([[names[1]], [names[0]], undefined]);
    const back = await search({ limit: 2, since: third.prev_batch }, term);
    expect([namesOf(back), back.prev_batch]).toEqual([[names[2], names[1]], undefined]);
    expect(namesOf(await search({ limit: 5, since: back.next_batch }, term))).toEqual([names[0]]);
  });

  it('is filtered by types', async () => {
    const term = `${word}types`;
    const space = { type: 'm.space' };
    await alice.createRoom({ visibility: 'public', name: `${term} space`, creation_content: space });
    await alice.createRoom({ visibility: 'public', name: `${term} room` });
    const typed = async (types: unknown[]): Promise<unknown[]> =>
      namesOf(await search({ filter: { room_types: types } }, term)).toSorted();
    expect(await typed(['m.space'])).toEqual([`${term} space`]);
    expect(await typed([null])).toEqual([`${term} room`]);
    expect(await typed([null, 'm.space'])).toEqual([`${term} room`, `${term} space`]);
    expect(await typed(['m.other'])).toEqual([]);
  });

  it.each([
    ['a token that is none', { since: 'nonsense' }, 'M_INVALID_PARAM'],
    ['a negative limit', { limit: -1 }, 'M_BAD_JSON'],
    ['a filter that is none', { filter: 'tea' }, 'M_BAD_JSON'],
    ['types that are none', { filter: { room_types: [1] } }, 'M_BAD_JSON'],
  ])('refuses %s', async (_what, body, errcode) => {
    expectError(await bob.call('POST', PUBLIC_ROOMS, body), 400, errcode);
  });

  it('of servers that cannot be reached is not found', async () => {
    expectError(await bob.call('GET', `${PUBLIC_ROOMS}?server=elsewhere.test`), 404, 'M_NOT_FOUND');
    expectError(await bob.call('GET', `${PUBLIC_ROOMS}?server=no%20name`), 400, 'M_INVALID_PARAM');
    expect((await bob.call('GET', `${PUBLIC_ROOMS}?server=localhost&limit=1`)).status).toBe(200);
  });
});

describe('whether a room is in the directory', () => {
  it('is seen by all and changed by who has the power', async () => {
    const name = `${word}seen`;
    const roomId = await alice.createRoom({ preset: 'private_chat', name });
    expect((await http.call('GET', listPath(roomId))).body).toEqual({ visibility: 'private' });
    expectError(await bob.call('PUT', listPath(roomId), { visibility: 'public' }), 403, 'M_FORBIDDEN');
    expect(await alice.ask('PUT', listPath(roomId), {})).toEqual({});
    expect(await bob.ask('GET', listPath(roomId))).toEqual({ visibility: 'public' });
    expect(namesOf(await search({}, name))).toEqual([name]);
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId);
    expect((await search({}, name)).chunk).toMatchObject([{ num_joined_members: 2, join_rule: 'invite' }]);
    expectError(await bob.call('PUT', listPath(roomId), { visibility: 'private' }), 403, 'M_FORBIDDEN');
    await alice.ask('PUT', listPath(roomId), { visibility: 'private' });
    expect(namesOf(await search({}, name))).toEqual([]);
  });

  it('is unknown of rooms that are not here', async () => {
    expectError(await alice.call('GET', listPath('!nowhere:localhost')), 404, 'M_NOT_FOUND');
    expectError(await alice.call('PUT', listPath('!nowhere:localhost'), {}), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', listPath('nonsense')), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('PUT', listPath('!nowhere:localhost'), { visibility: 'x' }), 400, 'M_BAD_JSON');
  });

  it('is a matter of the room’s creation too', async () => {
    const open = await alice.createRoom({ visibility: 'public' });
    expect(await alice.ask('GET', listPath(open))).toEqual({ visibility: 'public' });
    await alice.ask('GET', roomPath(open, '/state'));
    expect(await alice.ask('GET', listPath(await alice.createRoom()))).toEqual({ visibility: 'private' });
  });
});
