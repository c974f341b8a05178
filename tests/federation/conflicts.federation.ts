import { beforeAll, describe, expect, it } from 'vitest';
import type { MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { roomPath, stateOf, untilMembership, untilState } from './support/room-views.ts';

inBothDirections('state that is set on both servers at once', (peers) => {
  let home: Direction['home'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    const direction = await peers();
    home = direction.home;
    [alice, bob] = [await home.register('alice'), await direction.away.register('bob')];
  });

  describe.each(ROOM_VERSIONS_TOLD)('in a room of version %s', (version) => {
    it('comes to the same on both', async () => {
      const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
      await bob.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
      const levels = await alice.ask('GET', `${roomPath(roomId)}/state/m.room.power_levels/`);
      const users = { ...(levels['users'] as object), [bob.userId]: 100 };
      await alice.setState(roomId, 'm.room.power_levels', { ...levels, users });
      await untilState(bob, roomId, { type: 'm.room.power_levels', content: { users } });
      const rounds = Array.from({ length: 5 }, (_, round) => round);
      await Promise.all([
        ...rounds.map((round) => alice.setState(roomId, 'm.room.topic', { topic: `from home ${round}` })),
        ...rounds.map((round) => bob.setState(roomId, 'm.room.topic', { topic: `from away ${round}` })),
      ]);
      // What follows on each side brings both ends of the graph together.
      await alice.setState(roomId, 'org.example.end', { by: 'home' }, 'home');
      await bob.setState(roomId, 'org.example.end', { by: 'away' }, 'away');
      await waitUntil('both see the same state', 30_000, async () => {
        const [ours, theirs] = [await stateOf(alice, roomId), await stateOf(bob, roomId)];
        const keys = ['m.room.topic|', 'org.example.end|home', 'org.example.end|away'];
        return keys.every((key) => ours[key] !== undefined && ours[key] === theirs[key]);
      });
      expect(Object.keys(await stateOf(bob, roomId)).toSorted()).toEqual(
        Object.keys(await stateOf(alice, roomId)).toSorted(),
      );
    });
  });
});
