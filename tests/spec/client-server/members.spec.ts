import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let alice: MatrixClient;
let bob: MatrixClient;
let carol: MatrixClient;
let roomId: string;
let beforeBob: string;
beforeAll(async () => {
  const http = await specified();
  [alice, bob, carol] = [
    await http.register(uniqueName('alice')),
    await http.register(uniqueName('bob')),
    await http.register(uniqueName('carol')),
  ];
  roomId = await alice.createRoom({ preset: 'public_chat' });
  beforeBob = textOf(await alice.sync(), 'next_batch');
  await bob.join(roomId);
  await bob.leave(roomId);
  await alice.invite(roomId, carol.userId);
});

async function members(query: string): Promise<string[]> {
  const { chunk } = await alice.ask('GET', roomPath(roomId, `/members${query}`));
  return (chunk as Json[]).map((event) => String(event['state_key'])).toSorted();
}

describe('GET /members', () => {
  it.each<[string, () => string[]]>([
    ['', () => [alice.userId, bob.userId, carol.userId]],
    ['?membership=join', () => [alice.userId]],
    ['?membership=leave', () => [bob.userId]],
    ['?membership=invite', () => [carol.userId]],
    ['?not_membership=leave', () => [alice.userId, carol.userId]],
    ['?membership=ban', () => []],
  ])('%j', async (query, expected) => {
    expect(await members(query)).toEqual(expected().toSorted());
  });

  it('shows them as they were at a token', async () => {
    expect(await members(`?at=${encodeURIComponent(beforeBob)}`)).toEqual([alice.userId]);
    const { chunk, start } = await alice.ask('GET', roomPath(roomId, '/messages?dir=b&limit=1'));
    expect(chunk).toHaveLength(1);
    expect(await members(`?at=${encodeURIComponent(String(start))}`)).toHaveLength(3);
  });

  it.each(['?membership=dance', '?not_membership=', '?at=nonsense', '?at=tzz_1_1', '?membership=join&membership=ban'])(
    'refuses %s',
    async (query) => {
      expectError(await alice.call('GET', roomPath(roomId, `/members${query}`)), 400, 'M_INVALID_PARAM');
    },
  );

  it('is not for who was never in the room', async () => {
    for (const path of ['/members', '/joined_members']) {
      expectError(await carol.call('GET', roomPath(roomId, path)), 403, 'M_FORBIDDEN');
      expectError(await alice.call('GET', roomPath('nonsense', path)), 400, 'M_INVALID_PARAM');
    }
  });
});

describe('GET /joined_members', () => {
  it('shows who is joined, and is for them only', async () => {
    const { joined } = await alice.ask('GET', roomPath(roomId, '/joined_members'));
    expect(Object.keys(joined as Json)).toEqual([alice.userId]);
    expectError(await bob.call('GET', roomPath(roomId, '/joined_members')), 403, 'M_FORBIDDEN');
  });
});
