import { textOf } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { measureCount } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';

const PAGE = 100;
const WORDS = ['kettle', 'teapot', 'saucer', 'spoon', 'sugar', 'milk', 'lemon', 'biscuit'];
/** So many messages are sent at once while a room is filled. */
const FILLERS = 16;

/** Reads a room of `events` messages back from its end to its beginning, in pages of 100, and again from the end. */
export function backPagination(events: number, pages: number): Scenario {
  return {
    name: `pages of ${PAGE} back through ${events} events`,
    unit: 'page',
    async prepare(stage) {
      const { reader, roomId } = await fillRoom(stage, events);
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=${PAGE}`;
      return () => {
        let from: string | undefined;
        return measureCount(stage.target, { count: pages, concurrency: 1 }, async () => {
          const at = from === undefined ? '' : `&from=${encodeURIComponent(from)}`;
          const page = JSON.parse(await stage.load.get(`${path}${at}`, reader.session.accessToken));
          from = typeof page.end === 'string' && page.chunk.length > 0 ? page.end : undefined;
        });
      };
    },
  };
}

/** Searches for one of eight words in a room of `events` messages. */
export function searches(events: number, count: number): Scenario {
  return {
    name: `searches in ${events} events`,
    unit: 'search',
    async prepare(stage) {
      const { reader, roomId } = await fillRoom(stage, events);
      const search = async (index: number): Promise<string> => {
        const room_events = {
          search_term: WORDS[index % WORDS.length],
          order_by: 'recent',
          filter: { rooms: [roomId], limit: 10 },
        };
        const body = JSON.stringify({ search_categories: { room_events } });
        return await stage.load.post('/_matrix/client/v3/search', reader.session.accessToken, body);
      };
      // The last message was sent a moment ago: an index that is filled in the background may not have it yet.
      while (!(await search(events - 1)).includes(`number ${events - 1}`));
      return () =>
        measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          await search(index);
        });
    },
  };
}

async function fillRoom(stage: Stage, events: number): Promise<{ reader: MatrixClient; roomId: string }> {
  const reader = await stage.newUser();
  const created = await reader.ask('POST', '/_matrix/client/v3/createRoom', { room_version: '10' });
  const roomId = textOf(created, 'room_id');
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < events; index = next++) {
      const body = JSON.stringify({ msgtype: 'm.text', body: `${WORDS[index % WORDS.length]} number ${index}` });
      await stage.load.put(reader.sendPath(roomId, `fill-${index}`), reader.session.accessToken, body);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, lane));
  return { reader, roomId };
}
