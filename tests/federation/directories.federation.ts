import { beforeAll, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD, uniqueName } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { untilMembership } from './support/room-views.ts';

inBothDirections('rooms of another server', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    ({ home, away } = await peers());
    [alice, bob] = [await home.register('alice'), await away.register('bob')];
  });

  it.each(ROOM_VERSIONS_TOLD)('are found by an alias and joined by it, in version %s', async (version) => {
    const name = uniqueName('garden');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: name, room_version: version });
    const alias = `#${name}:${home.serverName}`;
    const found = await bob.ask('GET', `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`);
    expect(found).toMatchObject({ room_id: roomId, servers: expect.arrayContaining([home.serverName]) });
    await bob.join(alias);
    await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
    const missing = `/_matrix/client/v3/directory/room/${encodeURIComponent(`#${name}-2:${home.serverName}`)}`;
    expect(await bob.call('GET', missing)).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } });
  });

  it('are listed in its directory', async () => {
    const name = uniqueName('library');
    const roomId = await alice.createRoom({ preset: 'public_chat', visibility: 'public', name });
    const path = `/_matrix/client/v3/publicRooms?server=${encodeURIComponent(home.serverName)}`;
    const search = (): Promise<Json> => bob.ask('POST', path, { filter: { generic_search_term: name } });
    // What a directory shows is counted in the background.
    await waitUntil('the room is listed', 20_000, async () => JSON.stringify(await search()).includes(roomId));
    expect((await search())['chunk']).toMatchObject([{ room_id: roomId, name }]);
  });

  it('are shown as a space with the rooms in it', async () => {
    const inner = await alice.createRoom({ preset: 'public_chat', name: 'Inner' });
    const space = await alice.createRoom({
      preset: 'public_chat',
      name: 'Outer',
      creation_content: { type: 'm.space' },
    });
    await alice.setState(space, 'm.space.child', { via: [home.serverName] }, inner);
    await bob.join(space, [home.serverName]);
    const { rooms } = await bob.ask('GET', `/_matrix/client/v1/rooms/${encodeURIComponent(space)}/hierarchy`);
    expect(rooms).toMatchObject([
      { room_id: space, name: 'Outer' },
      { room_id: inner, name: 'Inner' },
    ]);
  });
});
