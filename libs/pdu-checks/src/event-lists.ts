import { encodeCanonicalJson, findNumber, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
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

export type OpenedLists =
  | { readonly outcome: 'ok'; readonly lists: EventLists }
  | { readonly outcome: 'malformed'; readonly because: string };

interface Listed {
  readonly list: string;
  readonly depth: number;
  readonly pdu: IdentifiedPdu;
}

/** An answer with lists of events of one room. The events are identified; those of no valid format, or of another room, are left out. */
export class EventLists {
  /** The answer without the lists, as canonical JSON. */
  readonly rest: string;
  readonly #events: readonly Listed[];

  private constructor(rest: string, events: readonly Listed[]) {
    this.rest = rest;
    this.#events = events;
  }

  static open(answer: Uint8Array, query: EventListsQuery): OpenedLists {
    const rules = findRoomVersion(query.roomVersion);
    if (rules === undefined) throw new TypeError(`unknown room version ${query.roomVersion}`);
    const parsed = parseJson(answer);
    if (parsed.outcome === 'reject') return malformed(parsed.because);
    if (!isJsonObject(parsed.value)) return malformed('the answer is not a JSON object');
    const found = new Map<string, Listed>();
    for (const list of query.lists) {
      const values = parsed.value[list];
      if (!Array.isArray(values) || !values.every((value) => isJsonObject(value)))
        return malformed(`${list} is not a list of events`);
      for (const value of values) addTo(found, { value, list, rules, roomId: query.roomId });
    }
    const rest = Object.fromEntries(Object.entries(parsed.value).filter(([member]) => !query.lists.includes(member)));
    const order = new Map(query.lists.map((list, index) => [list, index]));
    const rank = ({ list }: Listed): number => order.get(list) ?? 0;
    const events = [...found.values()].sort((a, b) => rank(a) - rank(b) || a.depth - b.depth);
    return { outcome: 'ok', lists: new EventLists(encodeCanonicalJson(rest, 'any'), events) };
  }

  get size(): number {
    return this.#events.length;
  }

  /** Keys that decide whether the events are signed. */
  neededKeys(now: number): NeededKeys[] {
    return listNeededKeys(
      this.#events.map(({ pdu }) => pdu),
      now,
    );
  }

  /** Verifies a part of the events: list after list, within each those with the least depth first. What fails is left out. */
  verify({ from, to }: { readonly from: number; readonly to: number }, findKey: FindVerifyKey): AnsweredEvent[] {
    return this.#events.slice(from, to).flatMap(({ list, depth, pdu }): AnsweredEvent[] => {
      const received = verifyReceivedPdu(pdu.format, findKey);
      if (received.outcome !== 'ok') return [];
      const { bytes, isRedactedCopy } = received;
      return [{ list, depth, bytes, isRedactedCopy, eventId: pdu.eventId, type: String(pdu.pdu['type']) }];
    });
  }
}

function addTo(
  found: Map<string, Listed>,
  {
    value,
    list,
    rules,
    roomId,
  }: {
    readonly value: JsonObject;
    readonly list: string;
    readonly rules: RoomVersionRules;
    readonly roomId: string;
  },
): void {
  const pdu = identifyPdu(value, rules);
  if (pdu.outcome === 'drop' || pdu.roomId !== roomId || found.has(pdu.eventId)) return;
  found.set(pdu.eventId, { list, pdu, depth: findNumber(pdu.pdu['depth']) ?? 0 });
}

function malformed(because: string): OpenedLists {
  return { outcome: 'malformed', because };
}
