import type { AnsweredEvent } from './event-lists.ts';

/**
 * Events as they change threads: their bytes one after the other, so that nobody copies them, and all else member by member, as few lists take the
 * receiving thread less time than many objects.
 */
export interface PackedEvents {
  readonly eventIds: readonly string[];
  readonly depths: readonly number[];
  readonly areRedacted: readonly boolean[];
  /** Lists and types, each once. */
  readonly names: readonly string[];
  /** Which of the names. */
  readonly lists: readonly number[];
  readonly types: readonly number[];
  /** Where each one's bytes end. */
  readonly ends: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function packEvents(events: readonly AnsweredEvent[]): PackedEvents {
  const bytes = new Uint8Array(events.reduce((sum, event) => sum + event.bytes.length, 0));
  const ends: number[] = [];
  let end = 0;
  for (const event of events) {
    bytes.set(event.bytes, end);
    end += event.bytes.length;
    ends.push(end);
  }
  const names = new Names();
  return {
    eventIds: events.map(({ eventId }) => eventId),
    depths: events.map(({ depth }) => depth),
    areRedacted: events.map(({ isRedactedCopy }) => isRedactedCopy),
    lists: events.map(({ list }) => names.placeOf(list)),
    types: events.map(({ type }) => names.placeOf(type)),
    names: names.list,
    ends,
    bytes,
  };
}

export function unpackEvents(packed: PackedEvents): AnsweredEvent[] {
  const { eventIds, depths, areRedacted, names, lists, types, ends, bytes } = packed;
  let start = 0;
  return eventIds.map((eventId, index): AnsweredEvent => {
    const from = start;
    start = ends[index] as number;
    return {
      list: names[lists[index] as number] as string,
      eventId,
      type: names[types[index] as number] as string,
      depth: depths[index] as number,
      bytes: Buffer.from(bytes.buffer, from, start - from),
      isRedactedCopy: areRedacted[index] as boolean,
    };
  });
}

class Names {
  readonly list: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#places.set(name, this.list.length);
    return this.list.push(name) - 1;
  }
}
