import { textOf } from '../../../support/matrix-client.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { loggedEvents } from './logged-events.ts';
import type { Work } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const PURGE = '/_synapse/admin/v1/purge_history';
const MESSAGES = 1_200;

/** Old messages go, the newer ones and the state stay. */
export const purgeHistory: Work = {
  name: 'a purge of history',
  async begin({ deployment, root }) {
    const roomId = await root.createRoom({ name: 'Purged' });
    await forEach(numbered('old', MESSAGES), (text) => root.send(roomId, text, text), 16);
    const kept = await root.send(roomId, 'kept');
    const path = `${PURGE}/${encodeURIComponent(roomId)}/${encodeURIComponent(kept)}`;
    const purgeId = textOf(await root.ask('POST', path, { delete_local_events: true }), 'purge_id');
    const countLeft = async (): Promise<number> => {
      const messages = await loggedEvents(deployment, 'm.room.message');
      return messages.filter((event) => event.roomId === roomId).length;
    };
    return {
      total: MESSAGES,
      done: async () => MESSAGES + 1 - (await countLeft()),
      async finish() {
        await waitUntil('the end of the purge', FINISHED_WITHIN_MS, async () => {
          const { body } = await root.call('GET', `${PURGE}_status/${purgeId}`);
          return body['status'] === 'complete';
        });
        await root.send(roomId, 'after');
        const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
        const { chunk } = await root.ask('GET', `${room}/messages?dir=f&limit=100`);
        const { name } = await root.ask('GET', `${room}/state/m.room.name/`);
        return [
          ...differences('messages that are left', textsIn(chunk), ['kept', 'after']),
          ...differences('messages in the log', await countLeft(), 2),
          ...differences('the name of the purged room', name, 'Purged'),
        ];
      },
    };
  },
};

function textsIn(chunk: unknown): unknown[] {
  const events: unknown[] = Array.isArray(chunk) ? chunk : [];
  return events.flatMap((event) => {
    const { type, content } = event as { type: string; content: { body?: unknown } };
    return type === 'm.room.message' ? [content.body] : [];
  });
}
