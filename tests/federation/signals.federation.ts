import { beforeAll, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothDirections } from './support/peers.ts';
import type { Direction } from './support/peers.ts';
import { roomPath, untilMembership, untilReads } from './support/room-views.ts';

inBothDirections('people in a room with another server', (peers) => {
  let home: Direction['home'];
  let alice: MatrixClient;
  let bob: MatrixClient;
  let roomId: string;
  beforeAll(async () => {
    const direction = await peers();
    home = direction.home;
    [alice, bob] = [await home.register('alice'), await direction.away.register('bob')];
    roomId = await alice.createRoom({ preset: 'public_chat' });
    await bob.join(roomId, [home.serverName]);
    await untilMembership(alice, roomId, { userId: bob.userId, membership: 'join' });
  });

  it('see each other type', async () => {
    await alice.ask('PUT', `${roomPath(roomId)}/typing/${encodeURIComponent(alice.userId)}`, {
      typing: true,
      timeout: 30_000,
    });
    const sees = untilSynced(bob, 'alice types', (room) => {
      const events = eventsIn(room['ephemeral']).filter(({ type }) => type === 'm.typing');
      return events.some(({ content }) => JSON.stringify(content).includes(alice.userId));
    });
    await expect(sees).resolves.toBeUndefined();
  });

  it('see what the other has read', async () => {
    const eventId = await alice.send(roomId, 'read this');
    await untilReads(bob, roomId, 'read this');
    await bob.ask('POST', `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
    const sees = untilSynced(alice, 'bob has read', (room) => {
      const receipts = eventsIn(room['ephemeral']).filter(({ type }) => type === 'm.receipt');
      return receipts.some(({ content }) => JSON.stringify(content[eventId] ?? '').includes(bob.userId));
    });
    await expect(sees).resolves.toBeUndefined();
  });

  function untilSynced(client: MatrixClient, what: string, isThere: (room: Json) => boolean): Promise<void> {
    return waitUntil(what, 30_000, async () => {
      const { rooms } = await client.sync();
      const room = (rooms as { readonly join?: Readonly<Record<string, Json>> } | undefined)?.join?.[roomId];
      return room !== undefined && isThere(room);
    });
  }
});

function eventsIn(part: unknown): readonly { readonly type: string; readonly content: Json }[] {
  return (part as { readonly events?: readonly { readonly type: string; readonly content: Json }[] })?.events ?? [];
}
