import type { Json } from '../../../support/matrix-client.ts';
import { textOf } from '../../../support/matrix-client.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { insist } from '../insist.ts';
import { loggedEvents } from './logged-events.ts';
import type { Work, Workshop } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const ROOMS = 120;
const NAME = 'Unspeakable';
const PUBLIC_ROOMS = '/_matrix/client/v3/publicRooms';

interface NamedRoom {
  readonly roomId: string;
  readonly nameId: string;
}

/** Names of published rooms are redacted: the directory forgets them, although its summaries are stored after the events. */
export const redactNames: Work = {
  name: 'the redaction of names in the directory',
  async begin(workshop) {
    const { deployment, http, root } = workshop;
    const rooms = await makeRooms(workshop);
    const { accessToken } = root.session;
    const signal = AbortSignal.timeout(FINISHED_WITHIN_MS);
    const refused: unknown[] = [];
    const redacting = forEach(rooms, async ({ roomId, nameId }) => {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(nameId)}/once`;
      const request = { method: 'PUT', path, body: {}, accessToken } as const;
      const answer = await insist(request, { http, attemptMs: 40_000, signal });
      if (answer.outcome !== 'answered') refused.push(answer);
    });
    const redactedRooms = async (): Promise<string[]> => {
      const ids = new Set(rooms.map(({ roomId }) => roomId));
      const redactions = await loggedEvents(deployment, 'm.room.redaction');
      return redactions.map(({ roomId }) => roomId).filter((roomId) => ids.has(roomId));
    };
    return {
      total: ROOMS,
      isOfOwners: true,
      done: async () => (await redactedRooms()).length,
      async finish() {
        await redacting;
        await waitUntil('a directory without the names', FINISHED_WITHIN_MS, async () => {
          return (await countListed(workshop, NAME)) === 0;
        });
        const all = rooms.map(({ roomId }) => roomId);
        return [
          ...differences('redactions that were refused', refused, []),
          ...differences('rooms with a redaction', (await redactedRooms()).toSorted(), all.toSorted()),
          ...differences('rooms that are listed still', await countListed(workshop, 'kept'), ROOMS),
        ];
      },
    };
  },
};

/** Each has a topic that stays, by which it is found. */
async function makeRooms({ root }: Workshop): Promise<readonly NamedRoom[]> {
  const rooms: NamedRoom[] = [];
  await forEach(numbered(NAME, ROOMS), async (name) => {
    const roomId = await root.createRoom({ preset: 'public_chat', visibility: 'public', name, topic: 'kept' });
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.name/?format=event`;
    rooms.push({ roomId, nameId: textOf(await root.ask('GET', path), 'event_id') });
  });
  return rooms;
}

async function countListed({ root }: Workshop, term: string): Promise<number> {
  let count = 0;
  for (let since: unknown, isMore = true; isMore;) {
    const page = { limit: 100, filter: { generic_search_term: term }, ...(since !== undefined && { since }) };
    const { chunk, next_batch: next } = await root.ask('POST', PUBLIC_ROOMS, page);
    count += (chunk as Json[]).length;
    since = next;
    isMore = next !== undefined;
  }
  return count;
}
