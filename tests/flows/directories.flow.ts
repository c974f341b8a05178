import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

inBothModes('users of two hosted servers', (deploy) => {
  let deployment: Deployment;
  let admin: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    const name = uniqueName('admin');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    admin = await new MatrixHttp(deployment).login(name);
  });

  /** A user of a hosted server that no other story has. */
  async function addUser(localpart: string): Promise<{ user: MatrixClient; serverName: string }> {
    const serverName = `${randomUUID().slice(0, 8)}.test`;
    const settings = { registration: { enabled: true } };
    await admin.call('POST', '/_plexus/admin/v1/servers', { server_name: serverName, settings });
    return { user: await new MatrixHttp(deployment, { host: serverName }).register(localpart), serverName };
  }

  it('find a room in the other server’s directory only, knock at it, and are let in', async () => {
    const [{ user: alice, serverName: one }, { user: bob }] = [await addUser('alice'), await addUser('bob')];
    const roomId = await alice.createRoom({
      visibility: 'public',
      name: 'Tea',
      room_alias_name: 'tea',
      initial_state: [{ type: 'm.room.join_rules', content: { join_rule: 'knock' } }],
    });
    const list = (server: string): Promise<Json> => bob.ask('GET', `/_matrix/client/v3/publicRooms?server=${server}`);
    expect(await bob.ask('GET', '/_matrix/client/v3/publicRooms')).toMatchObject({ chunk: [] });
    expect(await list(one)).toMatchObject({ chunk: [{ room_id: roomId, name: 'Tea', num_joined_members: 1 }] });
    const alias = encodeURIComponent(`#tea:${one}`);
    expect(await bob.ask('POST', `/_matrix/client/v3/knock/${alias}`, {})).toEqual({ room_id: roomId });
    await alice.invite(roomId, bob.userId);
    await bob.join(roomId, [one]);
    expect(await list(one)).toMatchObject({ chunk: [{ num_joined_members: 2 }] });
    const acl = { allow: [one], deny: [] };
    await alice.setState(roomId, 'm.room.server_acl', acl);
    expect(await list(one)).toMatchObject({ chunk: [] });
    expect(await alice.ask('GET', '/_matrix/client/v3/publicRooms')).toMatchObject({ chunk: [{ room_id: roomId }] });
  });

  it('find each other once they share a room, by the name that it was told of', async () => {
    const [{ user: alice }, { user: bob }] = [await addUser('alice'), await addUser('bob')];
    const word = uniqueName('quokka').replaceAll('-', '');
    const search = (): Promise<Json> =>
      alice.ask('POST', '/_matrix/client/v3/user_directory/search', { search_term: word });
    const roomId = await bob.createRoom({ preset: 'public_chat' });
    const profile = `/_matrix/client/v3/profile/${encodeURIComponent(bob.userId)}/displayname`;
    await bob.ask('PUT', profile, { displayname: `Bob ${word}` });
    expect(await search()).toEqual({ results: [], limited: false });
    await alice.join(roomId);
    expect(await search()).toMatchObject({ results: [{ user_id: bob.userId, display_name: `Bob ${word}` }] });
    const member = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(bob.userId)}`;
    await expect
      .poll(() => alice.ask('GET', member), { timeout: 20_000 })
      .toMatchObject({ displayname: `Bob ${word}` });
  });

  it('follow a room into its next version', async () => {
    const [{ user: alice, serverName: one }, { user: bob }] = [await addUser('alice'), await addUser('bob')];
    const old = await alice.createRoom({ preset: 'public_chat', room_alias_name: 'moving', room_version: '10' });
    await bob.join(old, [one]);
    const upgrade = `/_matrix/client/v3/rooms/${encodeURIComponent(old)}/upgrade`;
    const replacement = textOf(await alice.ask('POST', upgrade, { new_version: '12' }), 'replacement_room');
    const alias = encodeURIComponent(`#moving:${one}`);
    expect(await bob.ask('POST', `/_matrix/client/v3/join/${alias}`, {})).toEqual({ room_id: replacement });
  });
});
