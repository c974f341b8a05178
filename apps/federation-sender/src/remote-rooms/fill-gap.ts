import { getEventAuth, getMissingEvents } from '@plexus/remote-servers';
import type { ServerPair } from '@plexus/remote-servers';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type {
  BackwardExtremity,
  BackwardExtremityReader,
  ParkedPduReader,
  RoomReader,
  RoomRecord,
  RoomServerReader,
} from '@plexus/storage';
import type { RoomGapRecord } from '@plexus/topics';
import type { StateBase } from './compare-states.ts';
import { fetchHistory, findFollowerBase } from './fetch-history.ts';
import { findAsker } from './find-asker.ts';
import type { FindAskerPorts } from './find-asker.ts';
import { likelyServers } from './likely-servers.ts';
import type { PduForRoom } from './pdu-sink.ts';
import { storeHistory, storeOutliers } from './store-history.ts';
import type { StoreHistoryPorts } from './store-history.ts';
import { citedIds, verifyEvents } from './verify-events.ts';
import type { VerifiedEvent } from './verify-events.ts';
import { withoutPlace } from './without-place.ts';

export interface FillGapPorts extends StoreHistoryPorts, FindAskerPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents' | 'findEventsById' | 'findEventNids'>;
  readonly parked: ParkedPduReader;
  readonly roomServers: RoomServerReader;
  readonly extremities: BackwardExtremityReader;
  /** Hands checked events to their room, in this order. */
  hand(events: readonly PduForRoom[]): Promise<void>;
}

/** `not-needed`: what was missing is here. `dropped`: nobody has it, and the event that waits is given up. */
export type GapOutcome = 'not-needed' | 'handed' | 'stored' | 'postponed' | 'dropped';

/** Servers give at most so many events at once; of so many gaps one walk may begin. */
export const PAGE = 20;
/** A gap of more events is closed by the state before the newest of them. */
const MOST_EVENTS = 100;
/** So many places where the room's history ends are known, the newest ones. */
const MOST_ENDS = 1_000;
/** With pauses of 5 s, then twice as long each time, more than ten minutes. */
const MOST_ATTEMPTS = 8;

/**
 * Fetches what a PDU misses (https://spec.matrix.org/v1.19/server-server-api/#backfilling-and-retrieving-missing-events).
 *
 *     walk back with get_missing_events ──► all predecessors found or parked ──► to the room, oldest first
 *                      │                └─► too many ──► state before the oldest ──► to the room, after a gap
 *                      └─► nothing ──► cited events, by event_auth ──► to the room, without a place
 *                                  └─► nobody has them, several times ──► what waits is dropped
 *
 * The history here ends in many places, each before a stored event: whoever joined a room has what followed. What lies behind such an end is stored as
 * history, below that event; handed to the room it would be news. The walk ends there.
 *
 * What is parked waits for a gap of its own, so it is left alone here, and the walk ends at it. Only a PDU that waits for nothing else than parked ones
 * is told of because these do not get on: then the walk goes through them.
 */
export class FillGap {
  readonly #ports: FillGapPorts;

  constructor(ports: FillGapPorts) {
    this.#ports = ports;
  }

  /** Others of the room that the same server knows of, `beside`, are filled by the way where nothing else is missing: a busy room has many. */
  async execute(gap: RoomGapRecord, beside: readonly RoomGapRecord[] = []): Promise<GapOutcome> {
    const room = await this.#ports.rooms.findRoom(gap.roomId);
    const rules = room && findRoomVersion(room.roomVersion);
    if (room === undefined || rules === undefined) return this.#giveUp(gap, 'the room is not here');
    const missing = await this.#stillMissing(room, gap.missingEventIds);
    if (missing.length === 0) return 'not-needed';
    const parked = await this.#ports.parked.findParkedIds(room.shard, missing);
    const goesThroughParked = missing.every((eventId) => parked.has(eventId));
    const waiting = [gap, ...(goesThroughParked ? [] : beside)];
    const ends = await this.#findEnds(room);
    const joined = await this.#findJoined(room);
    const origin = await findAsker(this.#ports, room, { wanted: gap.destination, joined });
    for (const destination of likelyServers([gap.origin], joined, this.#ports.hosted)) {
      const pair = { origin, destination };
      const outcome = await this.#fillFrom(pair, { room, rules, gap, waiting, missing, goesThroughParked, ends });
      if (outcome !== undefined) return outcome;
    }
    if (gap.attempt < MOST_ATTEMPTS) return 'postponed';
    return this.#giveUp(gap, `no server gives ${missing.slice(0, 3).join(', ')}`);
  }

  async #stillMissing({ shard, roomNid }: RoomRecord, eventIds: readonly string[]): Promise<string[]> {
    return withoutPlace(eventIds, await this.#ports.rooms.findEventsById(shard, roomNid, eventIds));
  }

  async #findJoined({ shard, roomNid }: RoomRecord): Promise<ReadonlyMap<string, number>> {
    return (await this.#ports.roomServers.readServers(shard, roomNid))?.joined ?? new Map();
  }

  /** Where the history here ends, by the event that is missing there. */
  async #findEnds({ shard, roomNid }: RoomRecord): Promise<ReadonlyMap<string, BackwardExtremity>> {
    const query = { shard, roomNid, upTo: undefined, limit: MOST_ENDS };
    const listed = await this.#ports.extremities.listBackwardExtremities(query);
    return new Map(listed.map((end) => [end.missingEventId, end]));
  }

  /** Nothing where this server does not help. */
  async #fillFrom(pair: ServerPair, question: GapQuestion): Promise<GapOutcome | undefined> {
    const { room, rules, gap, waiting, missing, ends } = question;
    const behindEnds = ends.has(gap.eventId) ? [gap.eventId] : missing;
    if (behindEnds.every((eventId) => ends.has(eventId)))
      return (await this.#storeBehind(pair, question, behindEnds)) ? 'stored' : undefined;
    const walked = await this.#walkBack(pair, question);
    if (!walked.isComplete && waiting.length > 1) return this.#fillFrom(pair, { ...question, waiting: [gap] });
    const found = new Set(walked.events.map(({ eventId }) => eventId));
    if (!missing.some((eventId) => found.has(eventId))) return this.#fetchCited(pair, question);
    if (walked.isComplete) {
      await this.#storeBehind(pair, question, endsBefore(question, walked.events));
      await this.#ports.hand(walked.events.map((event) => ({ event, room, pair })));
      return 'handed';
    }
    const base = await this.#findBase(room);
    const stored = await storeHistory(this.#ports, { room, rules, pair, base, events: walked.events, afterGap: true });
    return stored.outcome === 'ok' && stored.eventIds.length > 0 ? 'stored' : undefined;
  }

  /** Whether this server gave any of the events that are missing at these ends. */
  async #storeBehind(
    pair: ServerPair,
    { room, rules, ends }: GapQuestion,
    eventIds: readonly string[],
  ): Promise<boolean> {
    const [first] = eventIds.flatMap((eventId) => ends.get(eventId) ?? []);
    if (first === undefined) return false;
    const base = await findFollowerBase(this.#ports, room, first);
    const stored = await fetchHistory(this.#ports, pair, { room, rules, eventIds, limit: PAGE, base });
    return stored.some((eventId) => eventIds.includes(eventId));
  }

  /** The state before the newest event here. */
  async #findBase({ shard, forwardExtremities }: RoomRecord): Promise<StateBase | undefined> {
    if (forwardExtremities.length === 0) return undefined;
    const newest = Math.max(...forwardExtremities);
    const stored = (await this.#ports.rooms.findEvents(shard, [newest])).get(newest);
    return stored?.stateBefore === undefined ? undefined : { eventId: stored.eventId, root: stored.stateBefore };
  }

  async #walkBack(pair: ServerPair, question: GapQuestion): Promise<Walked> {
    const { room, rules } = question;
    const { roomId, shard, forwardExtremities } = room;
    const ends = await this.#ports.rooms.findEvents(shard, forwardExtremities.slice(0, PAGE));
    const earliestEvents = [...ends.values()].map(({ eventId }) => eventId);
    const answered = new Map<string, VerifiedEvent>();
    const parked = new Set<string>();
    let events = new Map<string, VerifiedEvent>();
    for (let latestEvents = question.waiting.map(({ eventId }) => eventId); events.size < MOST_EVENTS;) {
      const answer = await getMissingEvents(this.#ports.servers, pair, {
        roomId,
        earliestEvents,
        latestEvents,
        limit: PAGE,
      });
      if (answer.outcome !== 'ok') break;
      const verified = await verifyEvents(this.#ports.checker, { roomId, rules }, answer.value.events);
      for (const event of verified) answered.set(event.eventId, event);
      for (const eventId of await this.#findParked(question, verified)) parked.add(eventId);
      const before = events.size;
      events = whatLeadsTo(question, answered, parked);
      const open = await this.#openEnds(question, [...events.values()]);
      if (open.length === 0) return { events: byDepth(events), isComplete: events.size > 0 };
      if (events.size === before) break;
      latestEvents = open.slice(0, PAGE);
    }
    return { events: byDepth(events), isComplete: false };
  }

  /** Of some events, and of their predecessors, those that are left alone because they are parked. */
  async #findParked({ room, goesThroughParked }: GapQuestion, events: readonly VerifiedEvent[]): Promise<Set<string>> {
    if (goesThroughParked) return new Set();
    const ids = events.flatMap(({ eventId, pdu }) => [eventId, ...citedIds(pdu, 'prev_events')]);
    return await this.#ports.parked.findParkedIds(room.shard, [...new Set(ids)]);
  }

  /** Of some events those of which a predecessor is neither here nor among them, nor parked. */
  async #openEnds(question: GapQuestion, events: readonly VerifiedEvent[]): Promise<string[]> {
    const { shard, roomNid } = question.room;
    const known = new Set(events.map(({ eventId }) => eventId));
    const named = new Set(events.flatMap(({ pdu }) => citedIds(pdu, 'prev_events')).filter((id) => !known.has(id)));
    const absent = new Set(withoutPlace(named, await this.#ports.rooms.findEventsById(shard, roomNid, [...named])));
    for (const eventId of await this.#findParked(question, events)) absent.delete(eventId);
    for (const eventId of question.ends.keys()) absent.delete(eventId);
    return events
      .filter(({ pdu }) => citedIds(pdu, 'prev_events').some((eventId) => absent.has(eventId)))
      .map(({ eventId }) => eventId);
  }

  /**
   * What is missing may be cited for authorization only: it is stored without a place. A predecessor that is stored so already is not helped by it.
   */
  async #fetchCited(pair: ServerPair, { room, rules, gap, missing }: GapQuestion): Promise<GapOutcome | undefined> {
    const { roomId, shard, roomNid } = room;
    const stored = await this.#ports.rooms.findEventsById(shard, roomNid, missing);
    const absent = missing.filter((eventId) => !stored.has(eventId));
    if (absent.length === 0) return undefined;
    const answer = await getEventAuth(this.#ports.servers, pair, { roomId, eventId: gap.eventId });
    if (answer.outcome !== 'ok') return undefined;
    const events = await verifyEvents(this.#ports.checker, { roomId, rules }, answer.value.auth_chain);
    if (!events.some(({ eventId }) => absent.includes(eventId))) return undefined;
    const outliers = await storeOutliers(this.#ports, { room, rules, pair, events });
    return outliers.outcome === 'ok' ? 'stored' : undefined;
  }

  async #giveUp({ roomId, eventId, attempt }: RoomGapRecord, because: string): Promise<GapOutcome> {
    await this.#ports.writer.execute({
      commandId: `drop ${eventId} ${attempt}`,
      roomId,
      command: { $case: 'dropParked', value: { eventIds: [eventId], because } },
    });
    return 'dropped';
  }
}

interface GapQuestion {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
  readonly gap: RoomGapRecord;
  /** What waits, the gap's own event first. */
  readonly waiting: readonly RoomGapRecord[];
  /** What the gap's own event misses. */
  readonly missing: readonly string[];
  readonly goesThroughParked: boolean;
  readonly ends: ReadonlyMap<string, BackwardExtremity>;
}

interface Walked {
  /** Oldest first. */
  readonly events: readonly VerifiedEvent[];
  /** Whether nothing is missing before them. */
  readonly isComplete: boolean;
}

/** Of what was answered that which some PDUs wait for, and what lies before it, up to what is parked and to where the history here ends. */
function whatLeadsTo(
  { waiting, ends }: Pick<GapQuestion, 'waiting' | 'ends'>,
  answered: ReadonlyMap<string, VerifiedEvent>,
  parked: ReadonlySet<string>,
): Map<string, VerifiedEvent> {
  const events = new Map<string, VerifiedEvent>();
  const wanted = waiting.flatMap(({ missingEventIds }) => missingEventIds);
  for (let eventId = wanted.pop(); eventId !== undefined; eventId = wanted.pop()) {
    const event = answered.get(eventId);
    if (event === undefined || parked.has(eventId) || ends.has(eventId) || events.has(eventId)) continue;
    events.set(eventId, event);
    wanted.push(...citedIds(event.pdu, 'prev_events'));
  }
  return events;
}

/** Where the history here ends before what waits, or before what leads to it. */
function endsBefore({ waiting, ends }: GapQuestion, events: readonly VerifiedEvent[]): string[] {
  const named = [
    ...waiting.flatMap(({ missingEventIds }) => missingEventIds),
    ...events.flatMap(({ pdu }) => citedIds(pdu, 'prev_events')),
  ];
  return [...new Set(named)].filter((eventId) => ends.has(eventId));
}

function byDepth(events: ReadonlyMap<string, VerifiedEvent>): VerifiedEvent[] {
  return [...events.values()].sort((a, b) => a.depth - b.depth);
}
