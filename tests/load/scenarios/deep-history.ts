import { decodeTimelineToken, encodeTimelineToken } from '@plexus/matrix-api';
import { PostgresConnection } from '@plexus/storage-postgres';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { measureCount } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';

/** Pages of 100 events, anywhere in a room of `events`, which are put into the database directly. */
export function pagesInRoomOf(events: number, count: number): Scenario {
  return {
    name: `pages of 100 in a room of ${events} events`,
    unit: 'page',
    skips: (target) => (target.databaseUrl === undefined ? 'its database cannot be filled directly' : undefined),
    async prepare(stage) {
      const [owner, reader] = [await stage.newUser(), await stage.newUser()];
      const roomId = await owner.createRoom({ preset: 'public_chat' });
      await reader.join(roomId);
      const eventId = await owner.send(roomId, 'The first of very many');
      const firstPosition = await fillRoom(stage, eventId, events);
      const generation = await readGeneration(reader, roomId);
      return () =>
        measureCount(stage.target, { count, concurrency: 1 }, async () => {
          const topologicalPosition = firstPosition + Math.floor(Math.random() * events);
          const from = encodeTimelineToken({ topologicalPosition, eventNid: 0, generation });
          const direction = Math.random() < 0.5 ? 'b' : 'f';
          const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=${direction}&limit=100&from=${from}`;
          await stage.load.get(path, reader.session.accessToken);
        });
    },
  };
}

/** Far beyond the numbers that the room's owner gives out meanwhile. */
const FIRST_NUMBER = 1_000_000_000_000;

/**
 * Copies of an event at the end of its room. The owner does not know of them: nothing may be sent to the room any more. Returns the place of the
 * first one.
 */
async function fillRoom(stage: Stage, eventId: string, count: number): Promise<number> {
  const url = stage.target.databaseUrl ?? '';
  const connection = await PostgresConnection.open({ url, applicationName: 'plexus bench', answerTimeoutMs: 600_000 });
  try {
    const values = [eventId, FIRST_NUMBER, count];
    await connection.run({ name: 'fill-room', text: FILL }, values);
    await connection.run({ name: 'analyze-events', text: 'analyze events' }, []);
    const [row] = await connection.run<{ position: number }>({ name: 'first-filled', text: FIRST }, [FIRST_NUMBER]);
    return row?.position ?? 0;
  } finally {
    await connection.close();
  }
}

const FILL = `
  insert into events (shard, event_nid, room_nid, topological_position, state_before, state_after, auth_depth, status, event_id, json)
  select e.shard, $2::bigint + n, e.room_nid, e.topological_position + n, e.state_after, e.state_after, e.auth_depth, 0,
    '$' || left(translate(encode(sha256(n::text::bytea), 'base64'), '+/=', '-_'), 43), e.json
  from events e, generate_series(1, $3::int) n where e.event_id = $1`;

const FIRST = 'select topological_position as position from events where event_nid = $1::bigint + 1';

async function readGeneration(reader: MatrixClient, roomId: string): Promise<number> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=1`;
  const token = decodeTimelineToken(String((await reader.ask('GET', path))['end']));
  if (token === undefined) throw new Error('the answer has no token');
  return token.generation;
}
