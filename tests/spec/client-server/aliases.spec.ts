import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { roomPath } from '../support/room-path.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;
let alias: string;
beforeAll(async () => {
  http = await specified();
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
});
beforeEach(async () => {
  roomId = await alice.createRoom();
  alias = `#${uniqueName('alias')}:localhost`;
});

function aliasPath(name: string): string {
  return `/_matrix/client/v3/directory/room/${encodeURIComponent(name)}`;
}

describe('PUT /directory/room/{roomAlias}', () => {
  it('gives a room an alias, which everybody can follow, without a token too', async () => {
    expect(await alice.ask('PUT', aliasPath(alias), { room_id: roomId })).toEqual({});
    expect((await http.call('GET', aliasPath(alias))).body).toEqual({ room_id: roomId, servers: ['localhost'] });
    expect(await alice.ask('GET', roomPath(roomId, '/aliases'))).toEqual({ aliases: [alias] });
  });

  it('gives it once', async () => {
    await alice.ask('PUT', aliasPath(alias), { room_id: roomId });
    const other = await bob.createRoom();
    expectError(await bob.call('PUT', aliasPath(alias), { room_id: other }), 409, 'M_UNKNOWN');
  });

  it('is for members of the room', async () => {
    expectError(await bob.call('PUT', aliasPath(alias), { room_id: roomId }), 403, 'M_FORBIDDEN');
    expectError(await bob.call('PUT', aliasPath(alias), { room_id: '!nowhere:localhost' }), 403, 'M_FORBIDDEN');
  });

  it.each([
    ['what is no alias', 'nonsense'],
    ['an alias of another server', '#a:elsewhere.test'],
    ['an alias with white space', '#a b:localhost'],
    ['an alias without a name', '#:localhost'],
  ])('refuses %s', async (_what, name) => {
    expectError(await alice.call('PUT', aliasPath(name), { room_id: roomId }), 400, 'M_INVALID_PARAM');
  });

  it('refuses a body without a room', async () => {
    expectError(await alice.call('PUT', aliasPath(alias), {}), 400, 'M_MISSING_PARAM');
    expectError(await alice.call('PUT', aliasPath(alias), { room_id: 'room' }), 400, 'M_BAD_JSON');
  });
});

describe('GET /directory/room/{roomAlias}', () => {
  it('knows no alias that nobody gave, and takes nothing else', async () => {
    expectError(await alice.call('GET', aliasPath(alias)), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', aliasPath('#a:elsewhere.test')), 404, 'M_NOT_FOUND');
    expectError(await alice.call('GET', aliasPath('nonsense')), 400, 'M_INVALID_PARAM');
  });
});

describe('DELETE /directory/room/{roomAlias}', () => {
  beforeEach(async () => {
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId);
  });

  it('is for who gave the alias', async () => {
    await bob.ask('PUT', aliasPath(alias), { room_id: roomId });
    expect(await bob.ask('DELETE', aliasPath(alias))).toEqual({});
    expectError(await alice.call('GET', aliasPath(alias)), 404, 'M_NOT_FOUND');
    expectError(await bob.call('DELETE', aliasPath(alias)), 404, 'M_NOT_FOUND');
  });

  it('is for who may name the room’s aliases, and for no other member', async () => {
    await alice.ask('PUT', aliasPath(alias), { room_id: roomId });
    expectError(await bob.call('DELETE', aliasPath(alias)), 403, 'M_FORBIDDEN');
    const carol = await http.register(uniqueName('carol'));
    expectError(await carol.call('DELETE', aliasPath(alias)), 403, 'M_FORBIDDEN');
    await bob.ask('PUT', aliasPath(`${alias.slice(0, -10)}b:localhost`), { room_id: roomId });
    expect(await alice.ask('DELETE', aliasPath(`${alias.slice(0, -10)}b:localhost`))).toEqual({});
  });

  it('takes the alias out of the room’s state', async () => {
    const other = `${alias.slice(0, -10)}c:localhost`;
    for (const name of [alias, other]) await alice.ask('PUT', aliasPath(name), { room_id: roomId });
    await alice.setState(roomId, 'm.room.canonical_alias', { alias, alt_aliases: [alias, other] });
    await alice.ask('DELETE', aliasPath(alias));
    const state = roomPath(roomId, '/state/m.room.canonical_alias');
    expect(await alice.ask('GET', state)).toEqual({ alt_aliases: [other] });
  });

  it('refuses an alias of another server', async () => {
    expectError(await alice.call('DELETE', aliasPath('#a:elsewhere.test')), 400, 'M_INVALID_PARAM');
  });
});

describe('GET /rooms/{roomId}/aliases', () => {
  it('is for members, unless the history is for all', async () => {
    const path = roomPath(roomId, '/aliases');
    expectError(await bob.call('GET', path), 403, 'M_FORBIDDEN');
    await alice.setState(roomId, 'm.room.history_visibility', { history_visibility: 'world_readable' });
    expect(await bob.ask('GET', path)).toEqual({ aliases: [] });
    expectError(await bob.call('GET', roomPath('nonsense', '/aliases')), 400, 'M_INVALID_PARAM');
  });
});

describe('m.room.canonical_alias', () => {
  it('names only aliases that lead to the room', async () => {
    await alice.ask('PUT', aliasPath(alias), { room_id: roomId });
    const path = roomPath(roomId, '/state/m.room.canonical_alias');
    for (const content of [{ alias: '#none:localhost' }, { alias, alt_aliases: ['#none:localhost'] }]) {
      expectError(await alice.call('PUT', path, content), 400, 'M_BAD_ALIAS');
    }
    expectError(await alice.call('PUT', path, { alias: 'none' }), 400, 'M_INVALID_PARAM');
    expect((await alice.call('PUT', path, { alias, alt_aliases: [alias] })).status).toBe(200);
  });
});
