import { isReplaceable } from '@plexus/room-dag';
import type {
  RelatedEvents,
  RelationParent,
  RelationReader,
  RoomReader,
  StoredEvent,
  ThreadSummary,
  TimelinePlace,
} from '@plexus/storage';
import type { ErasedEvents } from './erased-events.ts';
import type { RedactionReader, ShownEvent } from './redaction-reader.ts';
import type { RoomPlace } from './room-place.ts';
import type { VisibilityReader } from './visibility-reader.ts';

/** Whose view of the relations it is. */
export interface RelationViewer {
  readonly userId: string;
  /** Users whose events they do not want to have. */
  readonly ignored: ReadonlySet<string>;
  /** Whether they were joined at some time after the children that they may see. */
  readonly isJoinedAfterwards: boolean;
  /** Where the timeline ends for them, if they are not in the room any more. */
  readonly before: TimelinePlace | undefined;
}

/** An event to which others may relate. */
export interface AggregationParent extends RelationParent {
  readonly stateKey: string | undefined;
  /** Whether one of the same sender and type can replace it: it is no state, no replacement itself, and not redacted. */
  canBeReplaced(): boolean;
}

/** A child event as its viewer has it. */
export interface ChildEvent {
  readonly shown: ShownEvent;
  readonly membership: string;
  readonly aggregations: EventAggregations | undefined;
}

/** What is told of an event's relations along with it (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events). */
export interface EventAggregations {
  /** The most recent valid one. */
  readonly replacement: ChildEvent | undefined;
  /** Ids of events that refer to it. */
  readonly references: readonly string[];
  readonly thread:
    | { readonly latest: ChildEvent; readonly count: number; readonly hasParticipated: boolean }
    | undefined;
}

export interface AggregationPorts {
  readonly relations: Pick<RelationReader, 'findRelated'>;
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly redactions: RedactionReader;
  readonly visibility: VisibilityReader;
  readonly erased: ErasedEvents;
}

interface Children {
  readonly related: ReadonlyMap<string, RelatedEvents>;
  readonly events: ReadonlyMap<number, ChildEvent>;
}

/**
 * Reads the bundled aggregations of events: one query for all of them, and where there are any, one for the children. What the viewer may not
 * see, redacted children and those of ignored or erased users are left out.
 */
export class AggregationReader {
  readonly #ports: AggregationPorts;

  constructor(ports: AggregationPorts) {
    this.#ports = ports;
  }

  /** By event id; events without any are left out. State events have none. */
  async read(
    room: RoomPlace,
    parents: readonly AggregationParent[],
    viewer: RelationViewer,
  ): Promise<Map<string, EventAggregations>> {
    const children = await this.#findChildren(room, parents, viewer);
    if (children === undefined) return new Map();
    const latest = await this.#readLatest(room, children, viewer);
    return new Map(
      parents.flatMap((parent) => {
        const aggregations = aggregate(parent, { ...children, latest }, viewer);
        return aggregations === undefined ? [] : [[parent.eventId, aggregations] as const];
      }),
    );
  }

  async #findChildren(
    room: RoomPlace,
    events: readonly AggregationParent[],
    viewer: RelationViewer,
  ): Promise<Children | undefined> {
    const parents = events.filter(({ stateKey }) => stateKey === undefined);
    if (parents.length === 0) return undefined;
    const { userId, before } = viewer;
    const ignored = [...viewer.ignored];
    const place = { shard: room.shard, roomNid: room.roomNid };
    const related = await this.#ports.relations.findRelated({ ...place, parents, userId, ignored, before });
    const nids = [...related.values()].flatMap(({ replacements, references, thread }) => {
      return [...replacements, ...references, ...(thread?.latest ?? [])];
    });
    return related.size === 0 ? undefined : { related, events: await this.#load(room, nids, viewer) };
  }

  /** The children that the viewer may have, by number. */
  async #load(room: RoomPlace, nids: readonly number[], viewer: RelationViewer): Promise<Map<number, ChildEvent>> {
    if (nids.length === 0) return new Map();
    const found = await this.#ports.rooms.findEvents(room.shard, [...new Set(nids)]);
    const stored = [...found.values()].filter((event) => event.roomNid === room.roomNid).toSorted(byPlace);
    const shown = await Promise.all(stored.map((event) => this.#ports.redactions.show(room, event)));
    const there = stored.flatMap((event, index) =>
      shown[index] ? [{ stored: event, event: shown[index].event }] : [],
    );
    const views = await this.#ports.visibility.view(room, there, viewer);
    const told = await this.#ports.erased.apply(shown, views);
    const children = new Map<number, ChildEvent>();
    for (const [index, event] of told.entries()) {
      const view = views[index];
      if (view?.isVisible !== true || event.redactedBecause !== undefined || event.isErased === true) continue;
      children.set(event.stored.eventNid, { shown: event, membership: view.membership, aggregations: undefined });
    }
    return children;
  }

  /** The latest reply of each thread, with what relates to it. A reply is no root of a thread itself, so this ends here. */
  async #readLatest(
    room: RoomPlace,
    { related, events }: Children,
    viewer: RelationViewer,
  ): Promise<Map<number, ChildEvent>> {
    const latest = [...related.values()].flatMap(({ thread }) => firstOf(thread?.latest, events) ?? []);
    const children = await this.#findChildren(
      room,
      latest.map(({ shown }) => parentOf(shown)),
      viewer,
    );
    if (children === undefined) return new Map();
    return new Map(
      latest.map((reply) => {
        const aggregations = aggregate(parentOf(reply.shown), { ...children, latest: new Map() }, viewer);
        return [reply.shown.stored.eventNid, { ...reply, aggregations }];
      }),
    );
  }
}

/** An event as it is shown, as a parent of others. */
export function parentOf({ event, redactedBecause, isErased }: ShownEvent): AggregationParent {
  const { eventId, sender, type, stateKey } = event;
  const canBeReplaced = (): boolean => redactedBecause === undefined && isErased !== true && isReplaceable(event);
  return { eventId, sender, type, stateKey, canBeReplaced };
}

function aggregate(
  parent: AggregationParent,
  { related, events, latest }: Children & { readonly latest: ReadonlyMap<number, ChildEvent> },
  viewer: RelationViewer,
): EventAggregations | undefined {
  const found = related.get(parent.eventId);
  if (found === undefined) return undefined;
  const newest = firstOf(found.replacements, events);
  const replacement = newest !== undefined && parent.canBeReplaced() ? newest : undefined;
  const references = found.references.flatMap((nid) => events.get(nid)?.shown.event.eventId ?? []);
  const thread = threadOf(parent, found.thread, { events, latest, viewer });
  const isEmpty = replacement === undefined && references.length === 0 && thread === undefined;
  return isEmpty ? undefined : { replacement, references, thread };
}

function threadOf(
  { sender }: AggregationParent,
  thread: ThreadSummary | undefined,
  {
    events,
    latest,
    viewer,
  }: {
    readonly events: Children['events'];
    readonly latest: ReadonlyMap<number, ChildEvent>;
    readonly viewer: RelationViewer;
  },
): EventAggregations['thread'] {
  const reply = firstOf(thread?.latest, events);
  if (thread === undefined || reply === undefined) return undefined;
  const hasParticipated = thread.hasReplied || sender === viewer.userId;
  return { latest: latest.get(reply.shown.stored.eventNid) ?? reply, count: thread.count, hasParticipated };
}

function firstOf(nids: readonly number[] | undefined, events: ReadonlyMap<number, ChildEvent>): ChildEvent | undefined {
  const nid = nids?.find((candidate) => events.has(candidate));
  return nid === undefined ? undefined : events.get(nid);
}

function byPlace(a: StoredEvent, b: StoredEvent): number {
  return (a.topologicalPosition ?? 0) - (b.topologicalPosition ?? 0) || a.eventNid - b.eventNid;
}
