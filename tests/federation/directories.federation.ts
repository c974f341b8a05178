import { beforeAll, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, uniqueName } from './support/peers.ts';
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

  it('are found by an alias and joined by it', async () => {
    const name = uniqueName('garden');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_alias_name: name });
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

inBothDirections('people of another server', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  beforeAll(async () => {
    ({ home, away } = await peers());
  });

  it('are found by who shares a room with them, by their names there, until they leave', async () => {
    const [alice, bob] = [await home.register('alice'), await away.register('bob')];
    const [seeker, sought] = home.kind === 'Plexus' ? [alice, bob] : [bob, alice];
    const other = await (home.kind === 'Plexus' ? home : away).register('carol');
    const word = uniqueName('quokka').replaceAll('-', '');
    const displayname = `Dr. ${word}`;
    await sought.ask('PUT', `/_matrix/client/v3/profile/${encodeURIComponent(sought.userId)}/displayname`, {
      displayname,
    });
    const search = (client: MatrixClient): Promise<Json> =>
      client.ask('POST', '/_matrix/client/v3/user_directory/search', { search_term: word.toUpperCase() });
    const finds = async (results: readonly Json[]): Promise<boolean> =>
      JSON.stringify((await search(seeker))['results']) === JSON.stringify(results);
    const roomId = await alice.createRoom({ preset: 'private_chat' });
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId, [home.serverName]);
    const found = { user_id: sought.userId, display_name: displayname };
    await waitUntil('they are found', 20_000, () => finds([found]));
    expect(await search(other)).toEqual({ results: [], limited: false });
    await sought.leave(roomId);
    await waitUntil('they are found no more', 20_000, () => finds([]));
  });
});
