import { findRelation, findRoomVersion, isReplacement, parseRoomEvent } from '@plexus/room-dag';
import type { EventRelation, RoomEvent } from '@plexus/room-dag';
import type {
  RelatedEvents,
  RelatedQuery,
  RelationPageQuery,
  RelationReader,
  StoredEvent,
  ThreadPageQuery,
  ThreadPlace,
  TimelinePlace,
} from '@plexus/storage';
import { comparePlaces, placeOf } from './timeline-places.ts';

interface Related {
  readonly stored: StoredEvent;
  readonly event: RoomEvent;
  readonly relation: EventRelation;
}

/** How events relate, read off the events themselves each time: the plain meaning of what adapters keep in tables. */
export class FakeRelations implements RelationReader {
  readonly #eventsOf: (roomNid: number) => readonly StoredEvent[];

  /** The events of a room, of version 11. */
  constructor(eventsOf: (roomNid: number) => readonly StoredEvent[]) {
    this.#eventsOf = eventsOf;
  }

  async findRelated({ roomNid, parents, userId, ignored, before }: RelatedQuery): Promise<Map<string, RelatedEvents>> {
    const all = this.#related(roomNid);
    const related = new Map<string, RelatedEvents>();
    for (const { eventId, sender, type } of parents) {
      const own = all.filter(({ relation }) => relation.parentEventId === eventId);
      if (own.length === 0) continue;
      const children = own.filter(
        ({ event, stored }) =>
          !ignored.includes(event.sender) && (before === undefined || comparePlaces(placeOf(stored), before) < 0),
      );
      const ofType = (wanted: string) => children.filter(({ relation }) => relation.relationType === wanted);
      const replies = ofType('m.thread');
      related.set(eventId, {
        replacements: nidsOf(
          ofType('m.replace')
            .filter(({ event }) => isReplacement(event) && event.sender === sender && event.type === type)
            .toSorted(byTime)
            .toReversed()
            .slice(0, 5),
        ),
        references: nidsOf(ofType('m.reference').slice(0, 100)),
        thread:
          replies.length === 0
            ? undefined
            : {
                count: replies.length,
                latest: nidsOf(replies.toReversed().slice(0, 5)),
                hasReplied: replies.some(({ event }) => event.sender === userId),
              },
      });
    }
    return related;
  }

  async pageRelations(query: RelationPageQuery): Promise<number[]> {
    const matching = this.#related(query.roomNid).filter(
      ({ event, relation }) =>
        (query.relationType === undefined || relation.relationType === query.relationType) &&
        (query.eventType === undefined || event.type === query.eventType),
    );
    const found = new Set<Related>();
    let parents = new Set([query.parentEventId]);
    for (let depth = 0; depth < query.depth; depth += 1) {
      const children = matching.filter(({ relation }) => parents.has(relation.parentEventId));
      for (const child of children) found.add(child);
      parents = new Set(children.map(({ stored }) => stored.eventId));
    }
    const isForwards = query.direction === 'forwards';
    const [newer, older] = isForwards ? [query.to, query.from] : [query.from, query.to];
    const within = matching.filter(
      (related) =>
        found.has(related) &&
        (newer === undefined || comparePlaces(placeOf(related.stored), newer) < 0) &&
        (older === undefined || comparePlaces(placeOf(related.stored), older) > 0),
    );
    return nidsOf(isForwards ? within : within.toReversed()).slice(0, query.limit);
  }

  async pageThreads({ roomNid, before, limit }: ThreadPageQuery): Promise<ThreadPlace[]> {
    const latest = new Map<string, TimelinePlace>();
    for (const { stored, relation } of this.#related(roomNid)) {
      if (relation.relationType === 'm.thread') latest.set(relation.parentEventId, placeOf(stored));
    }
    return [...latest]
      .map(([rootEventId, place]) => ({ rootEventId, latest: place }))
      .filter((thread) => comparePlaces(thread.latest, before) < 0)
      .toSorted((a, b) => comparePlaces(b.latest, a.latest))
      .slice(0, limit);
  }

  /** In the order of the timeline, without what is redacted. */
  #related(roomNid: number): Related[] {
    const rules = findRoomVersion('11');
    if (rules === undefined) throw new Error('no room version 11');
    return this.#eventsOf(roomNid)
      .filter(({ redactedBy }) => redactedBy.length === 0)
      .toSorted((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      .flatMap((stored) => {
        const event = parseRoomEvent(stored.json, stored.eventId, rules);
        const relation = findRelation(event.content);
        return relation === undefined ? [] : [{ stored, event, relation }];
      });
  }
}

function nidsOf(related: readonly Related[]): number[] {
  return related.map(({ stored }) => stored.eventNid);
}

function byTime(a: Related, b: Related): number {
  return a.event.originServerTs - b.event.originServerTs || (a.stored.eventId < b.stored.eventId ? -1 : 1);
}
