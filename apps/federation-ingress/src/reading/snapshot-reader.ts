import { createEventIdFromRoomId } from '@plexus/room-dag';
import type { StateSelection } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { RoomReader, StoredEvent } from '@plexus/storage';

export interface SnapshotRoom extends RoomPlace {
  readonly roomId: string;
}

/** So many events are read at once. */
const PAGE = 500;

/** Reads states with what authorizes them, a page at a time: they may be larger than is good for memory. */
export class SnapshotReader {
  readonly #rooms: Pick<RoomReader, 'findEvents' | 'findEventsById'>;
  readonly #states: Pick<StateReader, 'pages'>;

  constructor(rooms: Pick<RoomReader, 'findEvents' | 'findEventsById'>, states: Pick<StateReader, 'pages'>) {
    this.#rooms = rooms;
    this.#states = states;
  }

  /** The events of a part of a state. */
  async *state(room: SnapshotRoom, root: number, select: StateSelection): AsyncGenerator<readonly StoredEvent[]> {
    for await (const page of this.#states.pages(room, root, select)) {
      const nids = page.map(({ eventNid }) => eventNid);
      const found = await this.#rooms.findEvents(room.shard, nids);
      yield nids.map((nid) => found.get(nid)).filter((event) => event !== undefined);
    }
  }

  /** What authorizes some events, recursively, each event once and those themselves only where another cites them. */
  async *authChain(room: SnapshotRoom, citing: AuthCitations): AsyncGenerator<readonly StoredEvent[]> {
    const seen = new Set<string>();
    let ahead = [...citing.cited];
    while (ahead.length > 0) {
      for (const eventId of ahead) seen.add(eventId);
      const next = new AuthCitations(room);
      for (let first = 0; first < ahead.length; first += PAGE) {
        const ids = ahead.slice(first, first + PAGE);
        const found = await this.#rooms.findEventsById(room.shard, room.roomNid, ids);
        next.add(found.values());
        yield [...found.values()];
      }
      ahead = [...next.cited].filter((eventId) => !seen.has(eventId));
    }
  }
}

/** What some events cite in `auth_events`; from version 12 on also the create event, which the room's id names. */
export class AuthCitations {
  readonly cited = new Set<string>();
  readonly #room: SnapshotRoom;

  constructor(room: SnapshotRoom) {
    this.#room = room;
  }

  add(events: Iterable<StoredEvent>): void {
    for (const stored of events) {
      const event = readEvent(stored, this.#room.roomVersion);
      for (const eventId of event.authEvents) this.cited.add(eventId);
      const isNamedByRoom = event.rules.roomIdIsCreateEventHash && event.type !== 'm.room.create';
      if (isNamedByRoom) this.cited.add(createEventIdFromRoomId(this.#room.roomId));
    }
  }
}
