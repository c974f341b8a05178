import { beforeAll, describe, expect, it } from 'vitest';
import { hostOf } from '@plexus/matrix-base';
import type { MatrixClient } from '../support/matrix-client.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { allMessages, stateOf, untilMembership, untilReads, untilState } from './support/room-views.ts';

const ACL = 'm.room.server_acl';
const OPEN = { allow: ['*'], deny: [], allow_ip_literals: true };

inBothDirections('a room that shuts the other server out', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    ({ home, away } = await peers());
    [alice, bob] = [await home.register('alice'), await away.register('bob')];
  });

  describe.each(ROOM_VERSIONS_TOLD)('of version %s', (version) => {
    it('hears nothing of it, until it lets it in again', async () => {
      const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
      await bob.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      // Whoever joined without the members asks for them now: a server that is refused them waits for them for ever.
      await stateOf(bob, roomId);
      await alice.setState(roomId, ACL, { ...OPEN, deny: [hostOf(away.serverName)] });
      await untilState(bob, roomId, { type: ACL, content: { deny: [hostOf(away.serverName)] } });
      const denied = await bob.call('PUT', bob.sendPath(roomId, 'denied'), { msgtype: 'm.text', body: 'denied' });
      expect([200, 403]).toContain(denied.status);
      await alice.send(roomId, 'marker');
      await untilReads(bob, roomId, 'marker');
      expect(await allMessages(alice, roomId)).not.toContain('denied');
      await alice.setState(roomId, ACL, OPEN);
      await untilState(bob, roomId, { type: ACL, content: { deny: [] } });
      await bob.send(roomId, 'heard again');
      await untilReads(alice, roomId, 'heard again');
    });
  });
});
