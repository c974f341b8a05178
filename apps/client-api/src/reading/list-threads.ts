import { redactEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { RelationReader, RoomReader, StoredEvent, ThreadPlace, TimelinePlace } from '@plexus/storage';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';
import { firstPlace } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface ThreadsRequest {
  readonly roomId: string;
  readonly from: string | undefined;
  readonly limit: number;
  /** Only threads in which the user took part. */
  readonly onlyParticipated: boolean;
}

export interface ThreadsResponse {
  readonly chunk: ClientEvent[];
  readonly next_batch?: string;
}

export interface ListThreadsPorts {
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
  readonly relations: Pick<RelationReader, 'pageThreads'>;
  readonly places: TimelinePlaces;
}

const MAX_LIMIT = 100;
const MAX_LOOKED_AT = 1_000;

/** Lists the threads of a room, those with the newest replies first (https://spec.matrix.org/v1.19/client-server-api/#querying-threads-in-a-room). */
export class ListThreads {
  readonly #access: ReadRoomAccess;
  readonly #ports: ListThreadsPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, ports: ListThreadsPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  async execute(requester: Requester, request: ThreadsRequest): Promise<ThreadsResponse> {
    const access = await this.#access.execute(requester.userId, request.roomId);
    const { places } = this.#ports;
    const from = request.from === undefined ? firstPlace('backwards') : await places.decode(access.room, request.from);
    const { roots, next } = await this.#collect(access, from, request);
    const chunk = await this.#showEvents.format(requester, access, roots);
    return { chunk, ...(next !== undefined && { next_batch: await places.encode(next) }) };
  }

  async #collect(
    access: RoomAccess,
    from: TimelinePlace,
    request: ThreadsRequest,
  ): Promise<{ roots: VisibleEvent[]; next: TimelinePlace | undefined }> {
    const limit = Math.min(request.limit, MAX_LIMIT);
    const roots: VisibleEvent[] = [];
    let before = from;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const { shard, roomNid } = access.room;
      const page = await this.#ports.relations.pageThreads({ shard, roomNid, before, limit });
      lookedAt += page.length;
      const fitting = await this.#findFitting(access, page, request);
      for (const { rootEventId, latest } of page) {
        const root = fitting.get(rootEventId);
        if (root === undefined) continue;
        roots.push(root);
        if (roots.length === limit) return { roots, next: latest };
      }
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return { roots, next: undefined };
      before = last.latest;
    }
    return { roots, next: before };
  }

  /** The roots that the user may see, of threads that have something to show. */
  async #findFitting(
    access: RoomAccess,
    threads: readonly ThreadPlace[],
    { onlyParticipated }: ThreadsRequest,
  ): Promise<Map<string, VisibleEvent>> {
    const { shard, roomNid } = access.room;
    const ids = threads.map(({ rootEventId }) => rootEventId);
    const found = await this.#ports.rooms.findEventsById(shard, roomNid, ids);
    const stored = [...found.values()].filter(hasPlace).toSorted(byPlace);
    const visible = await this.#findRoots(access, stored);
    const aggregations = await this.#showEvents.aggregate(access, visible);
    const fitting = visible.filter(({ stored: { eventId } }) => {
      const thread = aggregations.get(eventId)?.thread;
      return thread !== undefined && (thread.hasParticipated || !onlyParticipated);
    });
    return new Map(fitting.map((root) => [root.stored.eventId, root]));
  }

  /** A root that an ignored user sent is shown redacted, so that the thread has its place. */
  async #findRoots(access: RoomAccess, stored: readonly StoredEvent[]): Promise<VisibleEvent[]> {
    const [visible, ignored] = await Promise.all([
      this.#showEvents.findVisible(access, stored),
      this.#showEvents.findIgnored(access),
    ]);
    return visible.map((root) => {
      const { event } = root.shown;
      return ignored.has(event.sender) ? { ...root, shown: { ...root.shown, event: redactEvent(event).event } } : root;
    });
  }
}

function hasPlace({ status, topologicalPosition }: StoredEvent): boolean {
  return status === 'accepted' && topologicalPosition !== undefined;
}

function byPlace(a: StoredEvent, b: StoredEvent): number {
  return (a.topologicalPosition ?? 0) - (b.topologicalPosition ?? 0) || a.eventNid - b.eventNid;
}
