import { findRoomVersion } from '@plexus/room-dag';
import type { StagedRow } from '@plexus/storage';
import { FakeHostedServers } from '@plexus/testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { RoomItem } from '../writing/room-item.ts';
import { OneImport } from './one-import.ts';

const rules = findRoomVersion('11');
const EVENT = {
  type: 'm.room.message',
  room_id: '!room:two.example',
  sender: '@bob:two.example',
  content: {},
  auth_events: [],
  prev_events: [],
  depth: 1,
  origin_server_ts: 1,
};

function staged(ordinal: number, part: StagedRow['part'], json: string): StagedRow {
  return { ordinal, part, eventId: `$${ordinal}`, json: Buffer.from(json), stored: undefined };
}

/** One row on each page. */
async function readOne(rows: readonly StagedRow[], after: number): Promise<StagedRow[]> {
  return rows.filter(({ ordinal }) => ordinal > after).slice(0, 1);
}

function nothing(): Promise<never> {
  throw new Error('nothing is resolved here');
}

it('leaves no failure behind that nobody hears where a piece fails while the one before it is being stored', async () => {
  if (rules === undefined) throw new Error('there is no such room version');
  const unheard = vi.fn<(reason: unknown) => void>();
  process.on('unhandledRejection', unheard);
  onTestFinished(() => void process.off('unhandledRejection', unheard));
  const cited = [staged(0, 'auth', JSON.stringify(EVENT)), staged(1, 'auth', 'no JSON')];
  const join = staged(2, 'timeline', JSON.stringify(EVENT));
  const items: RoomItem[] = [];
  const one = new OneImport(
    {
      staged: { listStaged: ({ parts, after }) => readOne(parts.includes('timeline') ? [join] : cited, after) },
      rooms: {
        findEvents: async () => new Map(),
        findEventsById: async () => new Map(),
        findExtremityPlaces: async () => new Map(),
        listPlacedSince: async () => [],
      },
      servers: new FakeHostedServers([]),
      resolver: { placesHere: 0, resolve: nothing, makeState: nothing, countTransition: nothing },
      policy: undefined,
      clock: { now: () => 0, delay: async () => {} },
      enqueue: (item) => void items.push(item),
      isOurs: () => true,
    },
    { place: { shard: 0, roomId: EVENT.room_id, roomNid: 1, rules }, base: 0, partialJoin: undefined },
    'import',
  );
  const parties = { origin: 'two.example', destination: 'one.example', serversInRoom: [], events: [] };
  const request = { importId: 'import', roomVersion: '11', partial: false, ...parties };
  const importing = one.importRoom(request, () => {});
  await vi.waitFor(() => expect(items).toHaveLength(1));
  // Failures that nobody hears are told of after what is due now.
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(unheard).not.toHaveBeenCalled();
  items[0]?.settle({ outcome: 'failed', because: 'away' });
  expect(await importing).toEqual({ outcome: 'failed', because: 'away' });
});
