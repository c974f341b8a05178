import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { findRoomVersion, isReplaceable, toClientEventWithoutRoomId } from '@plexus/room-dag';
import { readEvent, relationsForClients } from '@plexus/room-view';
import type { AggregationParent, AggregationReader, RoomPlace } from '@plexus/room-view';
import type { TimelineEntry } from './timeline-entry.ts';

/** By event id: `m.relations` as JSON. */
export type TimelineRelations = ReadonlyMap<string, string>;

export const NO_RELATIONS: TimelineRelations = new Map();

/** What a timeline is read for. */
export interface TimelineViewer {
  readonly userId: string;
  readonly ignored: ReadonlySet<string>;
  readonly hasLeft: boolean;
}

/**
 * Reads what relates to the events of a timeline that has a gap before it
 * (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events): whoever has all events sees for themselves.
 */
export class TimelineRelationReader {
  readonly #aggregations: AggregationReader;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(aggregations: AggregationReader, clock: Pick<Clock, 'now'>) {
    this.#aggregations = aggregations;
    this.#clock = clock;
  }

  async read(
    place: RoomPlace,
    entries: readonly TimelineEntry[],
    { userId, ignored, hasLeft }: TimelineViewer,
  ): Promise<TimelineRelations> {
    const parents = entries.map((entry) => parentOf(entry));
    const before = hasLeft ? placeAfter(entries.at(-1)) : undefined;
    const viewer = { userId, ignored, isJoinedAfterwards: true, before };
    const found = await this.#aggregations.read(place, parents, viewer);
    const format = { now: this.#clock.now(), toClientEvent: toClientEventWithoutRoomId };
    const isStrict = findRoomVersion(place.roomVersion)?.strictCanonicalJson === true;
    return new Map(
      [...found].map(([eventId, aggregations]) => {
        const relations = relationsForClients(aggregations, format);
        return [eventId, isStrict ? JSON.stringify(relations) : encodeCanonicalJson(relations, 'any')];
      }),
    );
  }
}

function parentOf({ event, rendered }: TimelineEntry): AggregationParent {
  const { sender, type, stateKey } = event.traits;
  const canBeReplaced = (): boolean =>
    rendered.redactedPdu === undefined && isReplaceable(readEvent(event.stored, event.place.roomVersion));
  return { eventId: event.eventId, sender, type, stateKey, canBeReplaced };
}

function placeAfter(entry: TimelineEntry | undefined): { topologicalPosition: number; eventNid: number } | undefined {
  if (entry === undefined) return undefined;
  const { topologicalPosition, eventNid } = entry.event.stored;
  return { topologicalPosition: topologicalPosition ?? 0, eventNid: eventNid + 1 };
}
