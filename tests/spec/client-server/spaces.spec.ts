import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});

function summaryPath(room: string): string {
  return `/_matrix/client/v1/room_summary/${encodeURIComponent(room)}?via=localhost`;
}

function hierarchyPath(roomId: string, query: Readonly<Record<string, string>> = {}): string {
  return `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/hierarchy?${new URLSearchParams(query)}`;
}

function createSpace(options: Json = {}): Promise<string> {
  return alice.createRoom({ preset: 'public_chat', creation_content: { type: 'm.space' }, ...options });
}

async function addChild(space: string, child: string, content: Json = {}): Promise<void> {
  await alice.setState(space, 'm.space.child', { via: ['localhost'], ...content }, child);
}

interface Page {
  readonly rooms: readonly { readonly room_id: string; readonly children_state: readonly Json[] }[];
  readonly next_batch?: string;
}

async function walk(client: MatrixClient, space: string, query: Readonly<Record<string, string>> = {}): Promise<Page> {
  return client.ask<Page>('GET', hierarchyPath(space, query));
}

function idsOf({ rooms }: Page): string[] {
  return rooms.map(({ room_id: id }) => id);
}

describe('GET /room_summary/{roomIdOrAlias}', () => {
  it('describes a room that is open to all, without a token too', async () => {
    const name = uniqueName('summary');
    const encryption = { type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
    const roomId = await alice.createRoom({
      preset: 'public_chat',
      room_alias_name: name,
      name: 'Tea',
      topic: 'Leaves',
      initial_state: [encryption],
    });
    const summary = {
      room_id: roomId,
      canonical_alias: `#${name}:localhost`,
      name: 'Tea',
      topic: 'Leaves',
      num_joined_members: 1,
      join_rule: 'public',
      world_readable: false,
      guest_can_join: false,
      encryption: 'm.megolm.v1.aes-sha2',
      room_version: '12',
    };
    expect((await http.call('GET', summaryPath(roomId))).body).toEqual(summary);
    expect(await bob.ask('GET', summaryPath(`#${name}:localhost`))).toEqual(summary);
    expect(await alice.ask('GET', summaryPath(roomId))).toEqual({ ...summary, membership: 'join' });
  });

  it('describes a room to whom it concerns only', async () => {
    const roomId = await alice.createRoom({ name: 'Secret' });
    expectError(await bob.call('GET', summaryPath(roomId)), 404, 'M_NOT_FOUND');
    await alice.invite(roomId, bob.userId);
    expect(await bob.ask('GET', summaryPath(roomId))).toMatchObject({ name: 'Secret', membership: 'invite' });
    await bob.leave(roomId);
    expectError(await bob.call('GET', summaryPath(roomId)), 404, 'M_NOT_FOUND');
  });

  it('describes a room whose history is for all to who is banned from it, too', async () => {
    const content = { history_visibility: 'world_readable' };
    const roomId = await alice.createRoom({ initial_state: [{ type: 'm.room.history_visibility', content }] });
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/ban`, { user_id: bob.userId });
    expect(await bob.ask('GET', summaryPath(roomId))).toMatchObject({ world_readable: true, membership: 'ban' });
    expect(idsOf(await walk(bob, roomId))).toEqual([roomId]);
  });

  it('names the rooms that let people into a restricted one', async () => {
    const lobby = await alice.createRoom({ preset: 'public_chat' });
    const allow = [{ type: 'm.room_membership', room_id: lobby }];
    const content = { join_rule: 'restricted', allow };
    const roomId = await alice.createRoom({ initial_state: [{ type: 'm.room.join_rules', content }] });
    expectError(await bob.call('GET', summaryPath(roomId)), 404, 'M_NOT_FOUND');
    await bob.join(lobby);
    expect(await bob.ask('GET', summaryPath(roomId))).toMatchObject({ allowed_room_ids: [lobby] });
    await bob.leave(lobby);
  });

  it('finds nothing that is not there', async () => {
    expectError(await bob.call('GET', summaryPath('!nowhere:localhost')), 404, 'M_NOT_FOUND');
    expectError(await bob.call('GET', summaryPath('#nothing:localhost')), 404, 'M_NOT_FOUND');
    expectError(await bob.call('GET', summaryPath('nonsense')), 400, 'M_INVALID_PARAM');
  });
});

describe('GET /rooms/{roomId}/hierarchy', () => {
  it('goes depth first, in the order of the children, and through no loop', async () => {
    const [space, inner] = [await createSpace({ name: 'Space' }), await createSpace()];
    const rooms = [
      await alice.createRoom({ preset: 'public_chat' }),
      await alice.createRoom({ preset: 'public_chat' }),
    ];
    const hidden = await alice.createRoom();
    await addChild(space, rooms[1] ?? '', { order: 'b' });
    await addChild(space, inner, { order: 'a', suggested: true });
    await addChild(space, hidden, { order: 'c' });
    await addChild(space, '!nowhere:localhost', { order: 'd' });
    await addChild(inner, rooms[0] ?? '', { suggested: true });
    await addChild(inner, space);
    const all = await walk(bob, space);
    expect(idsOf(all)).toEqual([space, inner, ...rooms]);
    expect(all.rooms[0]?.children_state.map(({ state_key: child }) => child)).toEqual([
      inner,
      rooms[1],
      hidden,
      '!nowhere:localhost',
    ]);
    expect(all.rooms[2]?.children_state).toEqual([]);
    expect(idsOf(await walk(alice, space))).toContain(hidden);
    expect(idsOf(await walk(bob, space, { suggested_only: 'true' }))).toEqual([space, inner, rooms[0]]);
    expect(idsOf(await walk(bob, space, { max_depth: '0' }))).toEqual([space]);
    expect(idsOf(await walk(bob, space, { max_depth: '1' }))).toEqual([space, inner, rooms[1]]);
    const pages: string[] = [];
    for (let from: string | undefined = ''; from !== undefined;) {
      const page: Page = await walk(bob, space, { limit: '1', ...(from !== '' && { from }) });
      expect(page.rooms.length).toBeLessThanOrEqual(1);
      pages.push(...idsOf(page));
      from = page.next_batch;
    }
    expect(pages).toEqual([space, inner, ...rooms]);
  });

  it('of what is no space is the room alone', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await addChild(roomId, await createSpace());
    expect(await walk(bob, roomId)).toMatchObject({ rooms: [{ room_id: roomId, children_state: [] }] });
  });

  it('takes a token of its own walk only', async () => {
    const [space, other] = [await createSpace(), await createSpace()];
    await addChild(space, other);
    const { next_batch: from = '' } = await walk(bob, space, { limit: '1' });
    for (const [client, roomId, query] of [
      [bob, space, { from: 'nonsense' }],
      [alice, space, { from }],
      [bob, other, { from }],
      [bob, space, { from, max_depth: '1' }],
      [bob, space, { from, suggested_only: 'true' }],
      [bob, space, { limit: '0' }],
      [bob, space, { max_depth: '-1' }],
      [bob, 'nonsense', {}],
    ] as const) {
      expectError(await client.call('GET', hierarchyPath(roomId, query)), 400, 'M_INVALID_PARAM');
    }
    expect(idsOf(await walk(bob, space, { from }))).toEqual([other]);
    expect(idsOf(await walk(bob, space, { from }))).toEqual([other]);
  });

  it('is refused of a room that the user may not know of', async () => {
    const banned = await createSpace();
    await alice.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(banned)}/ban`, { user_id: bob.userId });
    for (const roomId of [banned, await alice.createRoom(), '!nowhere:localhost']) {
      expectError(await bob.call('GET', hierarchyPath(roomId)), 403, 'M_FORBIDDEN');
    }
  });
});
