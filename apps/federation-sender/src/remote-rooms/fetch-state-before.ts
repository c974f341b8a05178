import type { StateIdsResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { PduChecker } from '@plexus/pdu-checks';
import { getEvent, getStateIds } from '@plexus/remote-servers';
import type { RemoteServers, ServerPair } from '@plexus/remote-servers';
import type { StateReader } from '@plexus/room-view';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomReader, RoomRecord, StoredEvent } from '@plexus/storage';
import { compareStates, piecesOf } from './compare-states.ts';
import type { NamedState, StateBase, StatesHere } from './compare-states.ts';
import { fetchWholeState } from './fetch-whole-state.ts';
import type { FetchWholeStatePorts, StateBefore } from './fetch-whole-state.ts';
import type { EventToStage } from './stage-events.ts';
import { verifyEvents } from './verify-events.ts';
import type { VerifiedEvent } from './verify-events.ts';

export interface FetchStatePorts extends FetchWholeStatePorts {
  readonly servers: RemoteServers;
  readonly checker: Pick<PduChecker, 'verify'>;
  readonly rooms: Pick<RoomReader, 'findEvents' | 'findEventsById' | 'findEventNids'>;
  readonly states: Pick<StateReader, 'list'>;
}

export interface StateQuestion {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
  readonly eventId: string;
  readonly base: StateBase | undefined;
}

/** A state, whole; or by what it has that the base has not, and the other way round. */
export interface FetchedState extends StateBefore {
  readonly removed: readonly EventToStage[];
  readonly baseEventId: string | undefined;
}

/** So many events are fetched one by one; more of them come with the whole state. */
const FEW = 50;
const AT_ONCE = 5;
const EVENTS_AT_ONCE = 500;

/**
 * The state before an event, of another server's word: by identifiers where most of it is here, else whole
 * (https://spec.matrix.org/v1.19/server-server-api/#retrieving-events). Nothing where the server does not give it, or not all of it.
 *
 * @NOTE The identifiers come whole, however little has changed; they are all that costs by the room's size. Events are read, fetched and staged as
 * far as they differ from the base.
 */
export async function fetchStateBefore(
  ports: FetchStatePorts,
  pair: ServerPair,
  question: StateQuestion,
): Promise<FetchedState | undefined> {
  const { room, rules, eventId, base } = question;
  const { roomId } = room;
  const ids = await getStateIds(ports.servers, pair, { roomId, eventId });
  const here = ids.outcome === 'ok' ? await compareStates(ports, room, { ...namedBy(ids.value), base }) : undefined;
  if (here === undefined || here.missing.length > FEW) {
    const whole = await fetchWholeState(ports, pair, { roomId, roomVersion: rules.version, eventId });
    return whole && { ...whole, removed: [], baseEventId: undefined };
  }
  const fetched = await fetchEach(ports, pair, { room, rules, missing: here.missing });
  const state = await gather(ports, room, { here, fetched });
  if (state === undefined) return undefined;
  const inState = new Set(here.added);
  const auth = fetched.filter((event) => !inState.has(event.eventId));
  return { state, auth, removed: here.removed, baseEventId: base?.eventId };
}

function namedBy({ pdu_ids: stateIds, auth_chain_ids: authIds }: StateIdsResponse): Omit<NamedState, 'base'> {
  return { stateIds, authIds };
}

/** The events that are new in the state; nothing where one of them cannot be had. */
async function gather(
  { rooms }: Pick<FetchStatePorts, 'rooms'>,
  { shard, roomNid }: RoomRecord,
  { here, fetched }: { readonly here: StatesHere; readonly fetched: readonly VerifiedEvent[] },
): Promise<EventToStage[] | undefined> {
  const given = new Map<string, EventToStage>(fetched.map((event) => [event.eventId, event]));
  const state: EventToStage[] = [];
  for (const eventIds of piecesOf(here.added, EVENTS_AT_ONCE)) {
    const stored = await rooms.findEventsById(shard, roomNid, eventIds);
    for (const eventId of eventIds) {
      const known = stored.get(eventId);
      const event = known === undefined ? given.get(eventId) : storedEvent(known);
      if (event === undefined) return undefined;
      state.push(event);
    }
  }
  return state;
}

function storedEvent({ eventId, json, isRedactedCopy }: StoredEvent): EventToStage {
  return { eventId, bytes: json, isRedactedCopy: isRedactedCopy === true };
}

/** With the least depth first. */
async function fetchEach(
  { servers, checker }: Pick<FetchStatePorts, 'servers' | 'checker'>,
  pair: ServerPair,
  { room, rules, missing }: Pick<StateQuestion, 'room' | 'rules'> & { readonly missing: readonly string[] },
): Promise<VerifiedEvent[]> {
  const values: JsonObject[] = [];
  for (let first = 0; first < missing.length; first += AT_ONCE) {
    const asked = missing.slice(first, first + AT_ONCE);
    const answers = await Promise.all(asked.map((eventId) => getEvent(servers, pair, eventId)));
    for (const answer of answers) if (answer.outcome === 'ok') values.push(...answer.value.pdus);
  }
  return verifyEvents(checker, { roomId: room.roomId, rules }, values);
}
