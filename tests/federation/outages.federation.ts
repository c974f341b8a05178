import { beforeAll, expect, it } from 'vitest';
import type { MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { allEvents, allMessages, stateOf, untilMembership } from './support/room-views.ts';
import type { SeenEvent } from './support/room-views.ts';

/** More than a server gives in one piece, in one of the rooms more than is walked back. */
const SAID_MEANWHILE = Array.from({ length: 130 }, (_, turn) => `while you were away ${turn}`);
const FEW = 30;
/** For each room: with all versions they are many, and come together one after the other. */
const PATIENCE_MS = 60_000;

inBothDirections('while the other server is down', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    ({ home, away } = await peers());
    [alice, bob] = [await home.register('alice'), await away.register('bob')];
  });

  const timeout = ROOM_VERSIONS_TOLD.length * PATIENCE_MS;
  it(
    'what is said and set meanwhile arrives when it is back, whatever the version of the room',
    { timeout },
    async () => {
      const rooms = await Promise.all(ROOM_VERSIONS_TOLD.map(meet));
      await away.stop();
      for (const [place, roomId] of rooms.entries()) {
        for (const body of said(place)) await alice.send(roomId, body);
        await alice.setState(roomId, 'm.room.topic', { topic: 'absence' });
      }
      await away.start();
      // One room after the other: a Synapse that catches up loses an event whose room it comes to after one with a later event.
      for (const [place, roomId] of rooms.entries()) {
        await comeTogether(roomId);
        const [ours, theirs] = [await allEvents(alice, roomId), await allEvents(bob, roomId)];
        expect(idsOf(theirs)).toEqual(idsOf(ours));
        expect(ours.map(({ content }) => content['body'])).toEqual(expect.arrayContaining(said(place)));
      }
    },
  );

  async function meet(version: string): Promise<string> {
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
    await bob.join(roomId, [home.serverName]);
    await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
    return roomId;
  }

  /** What is said on each side brings both ends of the graph together. */
  async function comeTogether(roomId: string): Promise<void> {
    await bob.send(roomId, 'back again');
    await alice.send(roomId, 'welcome back');
    // Its place is before what was said meanwhile, of which whoever was away did not know.
    for (const [client, body] of [
      [bob, 'welcome back'],
      [alice, 'back again'],
    ] as const)
      await waitUntil(`${client.userId} reads "${body}"`, 30_000, async () =>
        (await allMessages(client, roomId)).includes(body),
      );
    await waitUntil('both see the same state', 30_000, async () => {
      const [ours, theirs] = [await stateOf(alice, roomId), await stateOf(bob, roomId)];
      return JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
    });
  }
});

/** What is said in the room of a place among them. */
function said(place: number): string[] {
  return place === 0 ? SAID_MEANWHILE : SAID_MEANWHILE.slice(0, FEW);
}

function idsOf(events: readonly SeenEvent[]): string[] {
  return events.map(({ event_id: eventId }) => eventId).toSorted();
}

function sorted(state: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(state).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
