import { eventsOf, serveRoom, Visitor } from '@plexus/testing';
import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { MatrixHttp } from '../../../support/matrix-client.ts';
import type { MatrixClient } from '../../../support/matrix-client.ts';
import type { PostgresPair } from '../../../support/servers/postgres-pair.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';

const WITHIN_MS = 60_000;

/**
 * A hosted user says something that reaches another server and is lost here with a Postgres; then the other server says what follows it.
 * Gives what the room's members are shown in the end, in its order.
 */
export async function loseAndBeGivenBack(deployment: Deployment, postgres: PostgresPair): Promise<string[]> {
  const http = new MatrixHttp(deployment);
  const visitor = await Visitor.open(http, { destination: deployment.serverName });
  try {
    const alice = await http.register('alice');
    const roomId = await alice.createRoom({ preset: 'public_chat', room_version: '11' });
    const room = await visitor.join(roomId, visitor.user('bob'));
    serveRoom(visitor.server, room);
    const heard = (text: string): Promise<void> =>
      waitUntil(`"${text}" at the other server`, WITHIN_MS, () => visitor.inbox.said.includes(text));
    await alice.send(roomId, 'kept');
    await heard('kept');
    await postgres.cutReplication();
    const lost = await alice.send(roomId, 'lost and given back');
    await heard('lost and given back');
    await postgres.failOver();
    await waitUntil('a deployment without it', WITHIN_MS, async () => (await find(alice, roomId, lost)) === 404);
    for (const event of eventsOf([...visitor.inbox.pdus], room.rules))
      if (room.find(event.eventId) === undefined) room.add(event);
    const { pdu } = room.say('what follows');
    await waitUntil('what follows is taken', WITHIN_MS, () => {
      // Services may still look for the Postgres that leads.
      return visitor.send('what-follows', { pdus: [pdu] }).then(
        () => true,
        () => false,
      );
    });
    await waitUntil('it is back', WITHIN_MS, async () => (await find(alice, roomId, lost)) === 200);
    await waitUntil('what follows', WITHIN_MS, async () => (await shown(alice, roomId)).includes('what follows'));
    return await shown(alice, roomId);
  } finally {
    await visitor.stop();
    http.close();
  }
}

function find(client: MatrixClient, roomId: string, eventId: string): Promise<number> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`;
  return client.call('GET', path).then(
    ({ status }) => status,
    () => 0,
  );
}

/** The texts of the room, oldest first. */
async function shown(client: MatrixClient, roomId: string): Promise<string[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=100`;
  const { chunk } = await client.ask('GET', path);
  if (!Array.isArray(chunk)) return [];
  return chunk.flatMap(({ type, content }) => (type === 'm.room.message' ? [String(content.body)] : [])).toReversed();
}
