import { beforeAll, expect, it } from 'vitest';
import type { MatrixClient } from '../support/matrix-client.ts';
import { inBothDirections, ROOM_VERSIONS_TOLD } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { allMessages, untilReads } from './support/room-views.ts';

/** For each room: with all versions they are many, spoken in at once. */
const PATIENCE_MS = 60_000;
/** Several pages, as servers ask for them. */
const SAID_BEFORE = Array.from({ length: 300 }, (_, turn) => `message ${turn}`);

inBothDirections('what was said before somebody of another server came', (peers) => {
  let home: Direction['home'];
  let away: Direction['away'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  beforeAll(async () => {
    ({ home, away } = await peers());
    [alice, bob] = [await home.register('alice'), await away.register('bob')];
  });

  const timeout = ROOM_VERSIONS_TOLD.length * PATIENCE_MS;
  it('is read back to the beginning, in order, whatever the version of the room', { timeout }, async () => {
    const read = await Promise.all(ROOM_VERSIONS_TOLD.map(readBack));
    expect(read).toEqual(ROOM_VERSIONS_TOLD.map(() => [...SAID_BEFORE, 'here I am']));
  });

  async function readBack(version: string): Promise<string[]> {
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: version });
    for (const body of SAID_BEFORE) await alice.send(roomId, body);
    await bob.join(roomId, [home.serverName]);
    await bob.send(roomId, 'here I am');
    await untilReads(alice, roomId, 'here I am');
    return allMessages(bob, roomId);
  }
});
