import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../support/matrix-client.ts';
import { textOf } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import {
  recentEvents,
  roomPath,
  untilInvited,
  untilMembership,
  untilNotInvited,
  untilReads,
  untilState,
} from './support/room-views.ts';

inBothDirections('people of two servers in a room', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    ({ home, away } = await peers());
    [alice, bob] = [await home.register('alice'), await away.register('bob')];
  });

  describe.each(ROOM_VERSIONS_TOLD)('of version %s', (version) => {
    it('join what is public, and talk', async () => {
      const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
      await alice.send(roomId, 'is anybody there?');
      await bob.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      await untilMembership(bob, roomId, { userId: alice.userId, membership: 'join' });
      await bob.send(roomId, 'I am');
      await untilReads(alice, roomId, 'I am');
      await alice.send(roomId, 'good');
      await untilReads(bob, roomId, 'good');
      const said = (await recentEvents(bob, roomId)).filter(({ type }) => type === 'm.room.message');
      expect(said.map(({ content }) => content['body'])).toEqual(['is anybody there?', 'I am', 'good']);
    });

    it('invite each other, redact, change powers, leave and ban', async () => {
      const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version, name: 'Tea' });
      await alice.invite(roomId, bob.userId);
      await untilInvited(bob, roomId);
      await bob.join(roomId);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      await untilState(bob, roomId, { type: 'm.room.name', content: { name: 'Tea' } });

      const secret = await bob.send(roomId, 'a secret');
      await untilReads(alice, roomId, 'a secret');
      await bob.ask('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(secret)}/r${secret}`, {});
      await waitUntil('the secret is gone', 30_000, async () => !(await reads(alice, roomId, 'a secret')));

      const levels = await alice.ask('GET', `${roomPath(roomId)}/state/m.room.power_levels/`);
      const users = { ...(levels['users'] as object), [bob.userId]: 50 };
      await alice.setState(roomId, 'm.room.power_levels', { ...levels, users });
      await untilState(bob, roomId, { type: 'm.room.power_levels', content: { users } });
      await bob.setState(roomId, 'm.room.topic', { topic: 'biscuits' });
      await untilState(alice, roomId, { type: 'm.room.topic', content: { topic: 'biscuits' } });

      await bob.leave(roomId);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'leave' });
      await alice.ask('POST', `${roomPath(roomId)}/ban`, { user_id: bob.userId });
      const join = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${encodeURIComponent(home.serverName)}`;
      expect(await bob.call('POST', join, {})).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    });

    it('put each other out, and let each other in again', async () => {
      const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
      const enter = async (): Promise<void> => {
        await bob.join(roomId, [home.serverName]);
        await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      };
      const putOut = async (how: 'kick' | 'ban'): Promise<void> => {
        await alice.ask('POST', `${roomPath(roomId)}/${how}`, { user_id: bob.userId });
        await waitUntil('whoever is put out knows it', 30_000, async () => !(await isIn(bob, roomId)));
        const said = await bob.call('PUT', bob.sendPath(roomId, how), { msgtype: 'm.text', body: how });
        expect(said).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
      };
      await enter();
      await putOut('kick');
      await enter();
      await putOut('ban');
      const join = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${encodeURIComponent(home.serverName)}`;
      expect(await bob.call('POST', join, {})).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
      await alice.ask('POST', `${roomPath(roomId)}/unban`, { user_id: bob.userId });
      await enter();
      await bob.send(roomId, 'in again');
      await untilReads(alice, roomId, 'in again');
    });

    it('take an invite back', async () => {
      const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version });
      await alice.invite(roomId, bob.userId);
      await untilInvited(bob, roomId);
      await alice.ask('POST', `${roomPath(roomId)}/kick`, { user_id: bob.userId });
      await untilNotInvited(bob, roomId);
      expect((await bob.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {})).status).not.toBe(
        200,
      );
    });

    it('reject an invite', async () => {
      const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version });
      await alice.invite(roomId, bob.userId);
      await untilInvited(bob, roomId);
      await bob.leave(roomId);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'leave' });
      expect(await bob.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {})).not.toMatchObject({
        status: 200,
      });
    });
  });

  it.each(ROOM_VERSIONS_TOLD.filter(isFrom(8)))(
    'join by what lets members of another room in, in version %s',
    async (version) => {
      const club = await alice.createRoom({ preset: 'public_chat' });
      await bob.join(club, [home.serverName]);
      const rule = { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: club }] };
      const initial = [{ type: 'm.room.join_rules', state_key: '', content: rule }];
      const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version, initial_state: initial });
      await bob.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      const carol = await away.register('carol');
      const join = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${encodeURIComponent(home.serverName)}`;
      expect((await carol.call('POST', join, {})).status).toBeGreaterThanOrEqual(400);
    },
  );

  it.each(ROOM_VERSIONS_TOLD.filter(isFrom(7)))('knock, and are let in, in version %s', async (version) => {
    const initial = [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }];
    const roomId = await alice.createRoom({ preset: 'private_chat', room_version: version, initial_state: initial });
    const knock = `/_matrix/client/v3/knock/${encodeURIComponent(roomId)}?via=${encodeURIComponent(home.serverName)}`;
    expect(textOf(await bob.ask('POST', knock, {}), 'room_id')).toBe(roomId);
    await untilMembership(alice, roomId, { userId: bob.userId, membership: 'knock' });
    await alice.invite(roomId, bob.userId);
    await untilInvited(bob, roomId);
    await bob.join(roomId);
    await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
  });
});

/** Of room versions those from one on. */
function isFrom(first: number): (version: string) => boolean {
  return (version) => Number(version) >= first;
}

async function isIn(client: MatrixClient, roomId: string): Promise<boolean> {
  const { joined_rooms: rooms } = await client.ask('GET', '/_matrix/client/v3/joined_rooms');
  return Array.isArray(rooms) && rooms.includes(roomId);
}

async function reads(client: MatrixClient, roomId: string, body: string): Promise<boolean> {
  return (await recentEvents(client, roomId)).some(({ content }) => content['body'] === body);
}
