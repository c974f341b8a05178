import { isEventId } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { RoomPlace } from '@plexus/room-view';
import type { RoomReader, StoredEvent } from '@plexus/storage';

export interface WalkQuery {
  /** Where to begin; what is not stored in the room is passed over, and so is what goes beyond a bound. */
  readonly from: readonly string[];
  /** Whether those come themselves. */
  readonly isInclusive: boolean;
  /** Where to stop: these do not come, nor what lies behind them alone. */
  readonly until: ReadonlySet<string>;
  readonly limit: number;
}

/** So many rejected events are passed through: each costs a question, and a server can have a room reject as many as it likes. */
const MOST_PASSED = 200;
/** Of so many events a walk begins at most, however many are named: each is read whole, and so is what lies before it. */
const MOST_STARTS = 50;

/**
 * Walks back through a room's history by `prev_events`, the newest first, and never out of the room: an id of another room leads nowhere. Events
 * that were rejected are passed through and do not come.
 */
export class WalkBack {
  readonly #rooms: Pick<RoomReader, 'findEventsById' | 'pageTimeline'>;

  constructor(rooms: Pick<RoomReader, 'findEventsById' | 'pageTimeline'>) {
    this.#rooms = rooms;
  }

  async execute(room: RoomPlace, { from, isInclusive, until, limit }: WalkQuery): Promise<StoredEvent[]> {
    const known = new Map<string, StoredEvent>();
    const named = [...new Set(from)].filter(isEventId).slice(0, MOST_STARTS);
    const starts = await this.#find(room, named, known);
    await this.#readAhead(room, starts, { known, limit });
    const seen = new Set([...until, ...from]);
    let ahead = isInclusive ? starts.filter(({ eventId }) => !until.has(eventId)) : [];
    if (!isInclusive) ahead = await this.#findBefore(room, starts, { known, seen });
    const walked: StoredEvent[] = [];
    for (let passed = 0; ahead.length > 0 && walked.length < limit && passed < MOST_PASSED;) {
      const [newest, ...others] = ahead.toSorted(newestFirst);
      if (newest === undefined) break;
      if (newest.status === 'rejected') passed += 1;
      else walked.push(newest);
      ahead = [...others, ...(await this.#findBefore(room, [newest], { known, seen }))];
    }
    return walked;
  }

  async #findBefore(
    room: RoomPlace,
    events: readonly StoredEvent[],
    { known, seen }: { readonly known: Map<string, StoredEvent>; readonly seen: Set<string> },
  ): Promise<StoredEvent[]> {
    const before = new Set(events.flatMap((stored) => readEvent(stored, room.roomVersion).prevEvents));
    const unseen = [...before].filter((eventId) => !seen.has(eventId));
    for (const eventId of unseen) seen.add(eventId);
    return this.#find(room, unseen, known);
  }

  async #find(
    { shard, roomNid }: RoomPlace,
    eventIds: readonly string[],
    known: Map<string, StoredEvent>,
  ): Promise<StoredEvent[]> {
    const missing = eventIds.filter((eventId) => !known.has(eventId));
    if (missing.length > 0) {
      const found = await this.#rooms.findEventsById(shard, roomNid, missing);
      for (const [eventId, event] of found) known.set(eventId, event);
    }
    return eventIds.map((eventId) => known.get(eventId)).filter((event) => event !== undefined);
  }

  /** @NOTE Most histories are a line: what lies before the newest start in the timeline is very nearly what the walk will ask for. */
  async #readAhead(
    { shard, roomNid }: RoomPlace,
    starts: readonly StoredEvent[],
    { known, limit }: { readonly known: Map<string, StoredEvent>; readonly limit: number },
  ): Promise<void> {
    const [newest] = starts.toSorted(newestFirst);
    if (newest?.topologicalPosition === undefined) return;
    const from = { topologicalPosition: newest.topologicalPosition, eventNid: newest.eventNid };
    for (const event of await this.#rooms.pageTimeline({ shard, roomNid, from, direction: 'backwards', limit }))
      known.set(event.eventId, event);
  }
}

function newestFirst(a: StoredEvent, b: StoredEvent): number {
  return (b.topologicalPosition ?? 0) - (a.topologicalPosition ?? 0) || b.eventNid - a.eventNid;
}
