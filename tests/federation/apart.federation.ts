import { beforeAll, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD, whileApart } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { allEvents, roomPath, stateOf, untilMembership, untilReads, untilState } from './support/room-views.ts';
import type { SeenEvent } from './support/room-views.ts';

const TOGETHER_WITHIN_MS = 60_000;
/** More than a Synapse asks for at once. */
const MEANWHILE = Array.from({ length: 12 }, (_, turn) => turn);

inBothDirections('two servers that cannot reach each other', (peers) => {
  let home: Direction['home'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  let carol: MatrixClient;
  beforeAll(async () => {
    const direction = await peers();
    home = direction.home;
    [alice, bob, carol] = [
      await home.register('alice'),
      await direction.away.register('bob'),
      await home.register('carol'),
    ];
  });

  describe.each(ROOM_VERSIONS_TOLD)('with a room of version %s', (version) => {
    it('come to one state when they meet again, whatever each has changed', async () => {
      const roomId = await meet(version);
      await whileApart(async () => {
        await alice.setState(roomId, 'm.room.topic', { topic: 'of home' });
        await bob.setState(roomId, 'm.room.topic', { topic: 'of away' });
        await alice.setState(roomId, 'm.room.name', { name: 'of home alone' });
        await bob.setState(roomId, 'org.example.note', { by: 'away' }, 'away');
        await raiseStateDefault(alice, roomId, 60);
        await raiseStateDefault(bob, roomId, 70);
        await bob.ask('POST', `${roomPath(roomId)}/ban`, { user_id: carol.userId });
        await carol.send(roomId, 'I do not know that I am banned');
      });
      await comeTogether(roomId);
      const [ours, theirs] = [await stateOf(alice, roomId), await stateOf(bob, roomId)];
      expect(theirs).toEqual(ours);
      expect(Object.keys(ours)).toEqual(expect.arrayContaining(['m.room.name|', 'org.example.note|away']));
      await untilMembership(alice, roomId, { userId: carol.userId, membership: 'ban' });
      expect((await carol.call('PUT', carol.sendPath(roomId, 'banned'), { msgtype: 'm.text', body: 'x' })).status).toBe(
        403,
      );
    });
  });

  const timeout = ROOM_VERSIONS_TOLD.length * TOGETHER_WITHIN_MS;
  it(
    'read all that either has said meanwhile, and nothing else, whatever the version of the room',
    { timeout },
    async () => {
      const rooms = await Promise.all(ROOM_VERSIONS_TOLD.map(meet));
      await whileApart(() => Promise.all(rooms.map(speak)).then(() => undefined));
      for (const roomId of rooms) {
        await comeTogether(roomId);
        const said = (await untilReadTheSame(roomId)).map(({ content }) => content['body']);
        const expected = MEANWHILE.flatMap((turn) => [`home said ${turn}`, `away said ${turn}`]);
        expect(said).toEqual(expect.arrayContaining(expected));
        expect(await stateOf(bob, roomId)).toEqual(await stateOf(alice, roomId));
      }
    },
  );

  /** What both sides say and set. */
  async function speak(roomId: string): Promise<void> {
    for (const turn of MEANWHILE) {
      await alice.send(roomId, `home said ${turn}`);
      await bob.send(roomId, `away said ${turn}`);
      await carol.setState(roomId, 'org.example.turn', { turn }, carol.userId);
    }
  }

  /** A Synapse fetches what it lacks beside the answer in which it is missing. */
  async function untilReadTheSame(roomId: string): Promise<readonly SeenEvent[]> {
    let ours: readonly SeenEvent[] = [];
    await waitUntil('both read the same', TOGETHER_WITHIN_MS, async () => {
      ours = await allEvents(alice, roomId);
      return idsOf(await allEvents(bob, roomId)).join() === idsOf(ours).join();
    });
    return ours;
  }

  /** A room in which alice, bob and carol are, and bob may do as much as alice. */
  async function meet(version: string): Promise<string> {
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
    for (const one of [bob, carol]) {
      await one.join(roomId, [home.serverName]);
      await untilMembership(alice, roomId, { userId: one.userId, membership: 'join' });
    }
    const levels = await alice.ask('GET', `${roomPath(roomId)}/state/m.room.power_levels/`);
    const users = { ...(levels['users'] as Json), [bob.userId]: 100, [carol.userId]: 50 };
    await alice.setState(roomId, 'm.room.power_levels', { ...levels, users });
    await untilState(bob, roomId, { type: 'm.room.power_levels', content: { users } });
    await untilMembership(bob, roomId, { userId: carol.userId, membership: 'join' });
    return roomId;
  }

  /** What is said on each side brings both ends of the graph together. */
  async function comeTogether(roomId: string): Promise<void> {
    await alice.send(roomId, 'home is back');
    await bob.send(roomId, 'away is back');
    await untilReads(bob, roomId, 'home is back', TOGETHER_WITHIN_MS);
    await untilReads(alice, roomId, 'away is back', TOGETHER_WITHIN_MS);
    await waitUntil('both see the same state', TOGETHER_WITHIN_MS, async () => {
      const [ours, theirs] = [await stateOf(alice, roomId), await stateOf(bob, roomId)];
      return JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
    });
  }
});

async function raiseStateDefault(client: MatrixClient, roomId: string, level: number): Promise<void> {
  const levels = await client.ask('GET', `${roomPath(roomId)}/state/m.room.power_levels/`);
  await client.setState(roomId, 'm.room.power_levels', { ...levels, state_default: level });
}

function idsOf(events: readonly SeenEvent[]): string[] {
  return events.map(({ event_id: eventId }) => eventId).toSorted();
}

function sorted(state: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(state).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
