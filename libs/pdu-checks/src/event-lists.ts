import { encodeCanonicalJson, findNumber, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { findRoomVersion, verifyReceivedPdu } from '@plexus/room-dag';
import type { FindVerifyKey, RoomVersionRules } from '@plexus/room-dag';
import { listNeededKeys } from './find-needed-keys.ts';
import type { NeededKeys } from './find-needed-keys.ts';
import { identifyPdu } from './identify-pdu.ts';
import type { IdentifiedPdu } from './identify-pdu.ts';

/** Where an answer has its events, and which of them are wanted. */
export interface EventListsQuery {
  /** Members that have to be lists. An event in several of them counts for the first one named. */
  readonly lists: readonly string[];
  readonly roomId: string;
  readonly roomVersion: string;
}

/** An event of an answer that stood checks 1 to 3 on receipt of a PDU. */
export interface AnsweredEvent {
  /** The member of the answer that has it. */
  readonly list: string;
  readonly eventId: string;
  readonly type: string;
  readonly depth: number;
  /** Canonical JSON; redacted where the content hash does not match. */
  readonly bytes: Buffer;
  readonly isRedactedCopy: boolean;
}

/** How many of the next events are to be verified at most, and how many bytes of them are enough. */
export interface PieceLimits {
  readonly events: number;
  readonly enoughBytes: number;
}

/** Events that stood the checks; those from `next` on were not looked at. */
export interface VerifiedPiece {
  readonly events: readonly AnsweredEvent[];
  readonly next: number;
}

export type OpenedLists =
  | { readonly outcome: 'ok'; readonly lists: EventLists }
  | { readonly outcome: 'malformed'; readonly because: string };

/** As the other server sent it: nothing of it is checked. */
interface Listed {
  readonly list: string;
  readonly depth: number;
  readonly value: JsonObject;
}

/**
 * An answer with lists of events of one room, those with the least depth first, whatever list they are in. Each is looked at once, when it is verified, and
 * then forgotten.
 */
export class EventLists {
  /** The answer without the lists, as canonical JSON. */
  readonly rest: string;
  readonly #query: EventListsQuery;
  readonly #rules: RoomVersionRules;
  readonly #events: (Listed | undefined)[];
  readonly #seen = new Set<string>();
  #next = 0;

  private constructor(rest: string, events: Listed[], { query, rules }: Wanted) {
    this.rest = rest;
    this.#events = events;
    this.#query = query;
    this.#rules = rules;
  }

  static open(answer: Uint8Array, query: EventListsQuery): OpenedLists {
    const rules = findRoomVersion(query.roomVersion);
    if (rules === undefined) throw new TypeError(`unknown room version ${query.roomVersion}`);
    const parsed = parseJson(answer);
    if (parsed.outcome === 'reject') return malformed(parsed.because);
    if (!isJsonObject(parsed.value)) return malformed('the answer is not a JSON object');
    const listed: Listed[] = [];
    for (const list of query.lists) {
      const values = parsed.value[list];
      if (!Array.isArray(values) || !values.every((value) => isJsonObject(value)))
        return malformed(`${list} is not a list of events`);
      for (const value of values) listed.push({ list, depth: findNumber(value['depth']) ?? 0, value });
    }
    const rest = Object.fromEntries(Object.entries(parsed.value).filter(([member]) => !query.lists.includes(member)));
    const events = rules.eventIdFormat === 'server-chosen' ? withoutRepeatedIds(listed, { query, rules }) : listed;
    events.sort((a, b) => a.depth - b.depth);
    return { outcome: 'ok', lists: new EventLists(encodeCanonicalJson(rest, 'any'), events, { query, rules }) };
  }

  get size(): number {
    return this.#events.length;
  }

  /** Keys that decide whether the events are signed, those of the first events first. */
  neededKeys(now: number): NeededKeys[] {
    const pdus = this.#events.map((event) => ({ pdu: event?.value ?? {}, rules: this.#rules }));
    return listNeededKeys(pdus, now);
  }

  /** Verifies the next events. What fails is left out, each for itself. */
  verify(limits: PieceLimits, findKey: FindVerifyKey): VerifiedPiece {
    const events: AnsweredEvent[] = [];
    const end = Math.min(this.#next + limits.events, this.size);
    for (let size = 0; this.#next < end && size < limits.enoughBytes; this.#next += 1) {
      const event = this.#verifyOne(this.#next, findKey);
      if (event === undefined) continue;
      events.push(event);
      size += event.bytes.length;
    }
    return { events, next: this.#next };
  }

  #verifyOne(index: number, findKey: FindVerifyKey): AnsweredEvent | undefined {
    const listed = this.#events[index];
    if (listed === undefined) return undefined;
    this.#events[index] = undefined;
    const { list, depth, value } = listed;
    const pdu = identifyOfRoom(value, { query: this.#query, rules: this.#rules });
    if (pdu === undefined || this.#seen.has(pdu.eventId)) return undefined;
    this.#seen.add(pdu.eventId);
    const received = verifyReceivedPdu(pdu.format, findKey);
    if (received.outcome !== 'ok') return undefined;
    const { bytes, isRedactedCopy } = received;
    return { list, depth, bytes, isRedactedCopy, eventId: pdu.eventId, type: String(pdu.pdu['type']) };
  }
}

interface Wanted {
  readonly query: EventListsQuery;
  readonly rules: RoomVersionRules;
}

/** Nothing where the form is not valid, or the event is of another room. */
function identifyOfRoom(value: JsonValue, { query, rules }: Wanted): IdentifiedPdu | undefined {
  const pdu = identifyPdu(value, rules);
  return pdu.outcome === 'ok' && pdu.roomId === query.roomId ? pdu : undefined;
}

/**
 * @NOTE Where servers choose the ids, two events of one id may have different depths: the first one that is listed counts. Elsewhere the id is a hash over
 * the depth.
 */
function withoutRepeatedIds(listed: readonly Listed[], wanted: Wanted): Listed[] {
  const ofOneId = [...Map.groupBy(listed, ({ value }) => value['event_id']).values()];
  const first = new Set(
    ofOneId.map((same) =>
      same.length === 1 ? same[0] : same.find(({ value }) => identifyOfRoom(value, wanted) !== undefined),
    ),
  );
  return listed.filter((event) => first.has(event));
}

function malformed(because: string): OpenedLists {
  return { outcome: 'malformed', because };
}
