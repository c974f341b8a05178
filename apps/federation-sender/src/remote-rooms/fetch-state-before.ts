import type { JsonObject } from '@plexus/matrix-base';
import type { PduChecker } from '@plexus/pdu-checks';
import { getEvent, getStateIds } from '@plexus/remote-servers';
import type { RemoteServers, ServerPair } from '@plexus/remote-servers';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import { fetchWholeState } from './fetch-whole-state.ts';
import type { FetchWholeStatePorts, StateBefore } from './fetch-whole-state.ts';
import type { EventToStage } from './stage-events.ts';
import { verifyEvents } from './verify-events.ts';

export interface FetchStatePorts extends FetchWholeStatePorts {
  readonly servers: RemoteServers;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
}

export interface StateQuestion {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
  readonly eventId: string;
}

/** So many events are fetched one by one; more of them come with the whole state. */
const FEW = 50;
const AT_ONCE = 5;

/**
 * The state before an event, of another server's word: by identifiers where most of it is here, else whole
 * (https://spec.matrix.org/v1.19/server-server-api/#retrieving-events). Nothing where the server does not give it, or not all of it.
 */
export async function fetchStateBefore(
  ports: FetchStatePorts,
  pair: ServerPair,
  question: StateQuestion,
): Promise<StateBefore | undefined> {
  const { room, rules, eventId } = question;
  const whole = { roomId: room.roomId, roomVersion: rules.version, eventId };
  const ids = await getStateIds(ports.servers, pair, { roomId: room.roomId, eventId });
  if (ids.outcome !== 'ok') return fetchWholeState(ports, pair, whole);
  const { pdu_ids: stateIds, auth_chain_ids: authIds } = ids.value;
  const wanted = [...new Set([...stateIds, ...authIds])];
  const stored = await ports.rooms.findEventsById(room.shard, room.roomNid, wanted);
  const missing = wanted.filter((wantedId) => !stored.has(wantedId));
  if (missing.length > FEW) return fetchWholeState(ports, pair, whole);
  const fetched = await fetchEach(ports, pair, { ...question, missing });
  const inState = new Set(stateIds);
  const state = stateIds.flatMap((stateId): EventToStage[] => {
    const here = stored.get(stateId);
    const event = here === undefined ? fetched.get(stateId) : { eventId: stateId, bytes: here.json };
    return event === undefined ? [] : [event];
  });
  if (state.length < inState.size) return undefined;
  return { state, auth: [...fetched.values()].filter((event) => !inState.has(event.eventId)) };
}

/** With the least depth first. */
async function fetchEach(
  { servers, checker }: FetchStatePorts,
  pair: ServerPair,
  { room, rules, missing }: StateQuestion & { readonly missing: readonly string[] },
): Promise<Map<string, EventToStage>> {
  const values: JsonObject[] = [];
  for (let first = 0; first < missing.length; first += AT_ONCE) {
    const asked = missing.slice(first, first + AT_ONCE);
    const answers = await Promise.all(asked.map((eventId) => getEvent(servers, pair, eventId)));
    for (const answer of answers) if (answer.outcome === 'ok') values.push(...answer.value.pdus);
  }
  const verified = await verifyEvents(checker, { roomId: room.roomId, rules }, values);
  return new Map(verified.map((event) => [event.eventId, event]));
}
