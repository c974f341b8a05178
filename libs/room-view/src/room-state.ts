import { readEvent } from './read-event.ts';
import type { RedactionReader } from './redaction-reader.ts';
import type { RoomPlace } from './room-place.ts';
import type { StateReader } from './state-reader.ts';
import type { RoomEvent, StateKey, StateSelection } from '@plexus/room-dag';
import type { RoomReader, StoredEvent } from '@plexus/storage';

/** So many events are read from storage at once. */
const BATCH = 1_000;

/** Reads state events at a root, redactions applied. */
export class RoomState {
  readonly #rooms: Pick<RoomReader, 'findEvents'>;
  readonly #states: StateReader;
  readonly #redactions: RedactionReader;

  constructor(rooms: Pick<RoomReader, 'findEvents'>, states: StateReader, redactions: RedactionReader) {
    this.#rooms = rooms;
    this.#states = states;
    this.#redactions = redactions;
  }

  /** One entry; nothing where the state has none. */
  async find(room: RoomPlace, root: number, key: StateKey): Promise<RoomEvent | undefined> {
    return (await this.findMany(room, root, [key]))[0];
  }

  /** The entries that the state has of these. */
  async findMany(room: RoomPlace, root: number, keys: readonly StateKey[]): Promise<RoomEvent[]> {
    const nids = (await this.#states.lookup(room, root, keys)) ?? [];
    return this.#show(
      room,
      nids.filter((nid) => nid !== undefined),
    );
  }

  /** All entries of a part of the state. */
  async list(room: RoomPlace, root: number, select: StateSelection): Promise<RoomEvent[]> {
    const entries = (await this.#states.list(room, root, select)) ?? [];
    return this.#show(
      room,
      entries.map((entry) => entry.eventNid),
    );
  }

  async #show(room: RoomPlace, nids: readonly number[]): Promise<RoomEvent[]> {
    const events: RoomEvent[] = [];
    for (let first = 0; first < nids.length; first += BATCH) {
      const batch = nids.slice(first, first + BATCH);
      const found = await this.#rooms.findEvents(room.shard, batch);
      for (const nid of batch) {
        const stored = found.get(nid);
        if (stored !== undefined) events.push(await this.#showOne(room, stored));
      }
    }
    return events;
  }

  /** @NOTE Waits for storage only where there is a redaction: a room's members are many. */
  #showOne(room: RoomPlace, stored: StoredEvent): RoomEvent | Promise<RoomEvent> {
    if (stored.redactedBy.length === 0) return readEvent(stored, room.roomVersion);
    return this.#redactions.show(room, stored).then((shown) => shown.event);
  }
}
