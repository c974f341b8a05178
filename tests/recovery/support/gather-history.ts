import { isDeepStrictEqual } from 'node:util';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import type { History, JoinedRooms, ShardEnd, StateView, View } from '../../support/faults/history.ts';
import { stateKeyOf } from '../../support/faults/history.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { waitUntil } from '../../support/servers/wait-until.ts';
import type { StoredHistory } from './read-history.ts';
import { readShardEnds, readStoredHistory } from './read-history.ts';
import type { SeenEvent } from './room-view.ts';
import { eventsOf, joinedRoomsOf, textIn } from './room-view.ts';
import type { Workload } from './workload.ts';

const V3 = '/_matrix/client/v3';
const SETTLED_WITHIN_MS = 120_000;

/** What a run left behind, when everybody has seen what there is to see, or had the time to. */
export async function gatherHistory(deployment: Deployment, workload: Workload): Promise<History> {
  let stored: StoredHistory = { shards: [], log: [], rowsWithoutEvent: [] };
  const incidents: string[] = [];
  await waitUntil('everything is published and seen', SETTLED_WITHIN_MS, async () => {
    // To read all of it takes half a second, in which no observer gets on: it is read again when there is more of it.
    const ends = await readShardEnds(deployment);
    if (!isPublished(ends)) return false;
    if (!isDeepStrictEqual(ends, stored.shards)) stored = await readStoredHistory(deployment);
    return isPublished(stored.shards) && isStored(stored, workload) && isSeen(stored, workload);
  }).catch(async (error: unknown) => {
    incidents.push(String(error));
    stored = await readStoredHistory(deployment);
  });
  const { views, states, joinedRooms } = await lookAround(deployment, workload).catch((error: unknown) => {
    incidents.push(String(error));
    return NOTHING_SEEN;
  });
  return {
    ...stored,
    acknowledged: workload.acknowledged,
    incidents: [...workload.incidents, ...incidents],
    views: [...workload.observers.flatMap((observer) => observer.views(workload.rooms)), ...views],
    states,
    joinedRooms,
  };
}

function isPublished(shards: readonly ShardEnd[]): boolean {
  return shards.every(({ position, published }) => position === published);
}

/** PDUs are acknowledged when their topic has them, and stored later. */
function isStored({ log }: StoredHistory, { remotelyAcknowledged }: Workload): boolean {
  const stored = new Set(log.map(({ eventId }) => eventId));
  return remotelyAcknowledged.every((eventId) => stored.has(eventId));
}

function isSeen({ log }: StoredHistory, { observers, rooms }: Workload): boolean {
  const lastOf = new Map(log.map(({ roomId, eventId }) => [roomId, eventId]));
  return observers.every((observer) => rooms.every((roomId) => observer.lastSeen(roomId) === lastOf.get(roomId)));
}

interface Looked {
  readonly views: View[];
  readonly states: StateView[];
  readonly joinedRooms: JoinedRooms[];
}

const NOTHING_SEEN: Looked = { views: [], states: [], joinedRooms: [] };

/** What somebody who comes late sees, at every replica. */
async function lookAround(deployment: Deployment, { rooms }: Workload): Promise<Looked> {
  const looked: Looked = { views: [], states: [], joinedRooms: [] };
  for (const replica of [0, 1]) {
    const http = new MatrixHttp(deployment.routesTo(replica));
    try {
      const client = await http.login('watcher-both');
      looked.joinedRooms.push({ userId: client.userId, roomIds: await joinedRoomsAt(client) });
      looked.states.push(...(await statesInSync(client, replica)));
      for (const roomId of rooms) {
        const who = `client-api ${replica + 1}`;
        looked.views.push({ who, roomId, after: undefined, eventIds: await pageThrough(client, roomId) });
        const state = await client.call('GET', `${V3}/rooms/${encodeURIComponent(roomId)}/state`);
        looked.states.push({ who, roomId, eventIds: stateOf(eventsOf(state.body)) });
      }
    } finally {
      http.close();
    }
  }
  return looked;
}

async function joinedRoomsAt(client: MatrixClient): Promise<string[]> {
  const { joined_rooms: joined } = await client.ask('GET', `${V3}/joined_rooms`);
  return Array.isArray(joined) ? joined.map(String) : [];
}

async function statesInSync(client: MatrixClient, replica: number): Promise<StateView[]> {
  return [...joinedRoomsOf(await client.sync())].map(([roomId, { state, timeline }]) => ({
    who: `sync ${replica + 1}`,
    roomId,
    eventIds: stateOf([...state, ...timeline]),
  }));
}

async function pageThrough(client: MatrixClient, roomId: string): Promise<string[]> {
  const eventIds: string[] = [];
  for (let from: string | undefined, isFirst = true; isFirst || from !== undefined; isFirst = false) {
    const query = new URLSearchParams({ dir: 'b', limit: '500', ...(from === undefined ? {} : { from }) });
    const body = await client.ask('GET', `${V3}/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
    eventIds.push(...eventsOf(body['chunk']).map(({ eventId }) => eventId));
    from = textIn(body, 'end');
  }
  return eventIds.reverse();
}

function stateOf(events: readonly SeenEvent[]): Map<string, string> {
  const state = new Map<string, string>();
  for (const { eventId, type, stateKey } of events)
    if (stateKey !== undefined) state.set(stateKeyOf(type, stateKey), eventId);
  return state;
}
