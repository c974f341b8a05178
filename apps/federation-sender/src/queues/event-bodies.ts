import { LRUCache } from 'lru-cache';
import type { OutgoingEvent, RoomReader } from '@plexus/storage';

const CACHED_BYTES = 16 * 1024 * 1024;

/** The JSON of events on their way out. One that goes to many destinations is read once. */
export class EventBodies {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #bodies = new LRUCache<string, Buffer>({
    maxSize: CACHED_BYTES,
    sizeCalculation: (body) => body.length + 200,
  });
  readonly #reading = new Map<string, Promise<void>>();

  constructor(reader: Pick<RoomReader, 'findEvents'>) {
    this.#reader = reader;
  }

  /** In the order of the events; nothing for one that is not stored any more. Throws `StorageError`. */
  async load(events: readonly OutgoingEvent[]): Promise<(Buffer | undefined)[]> {
    const found = new Map<string, Buffer>();
    for (const [roomShard, all] of Map.groupBy(events, (event) => event.roomShard)) {
      await this.#loadShard(roomShard, all, found);
    }
    return events.map((event) => found.get(keyOf(event)));
  }

  async #loadShard(roomShard: number, events: readonly OutgoingEvent[], found: Map<string, Buffer>): Promise<void> {
    await Promise.all(events.flatMap((event) => this.#reading.get(keyOf(event)) ?? []));
    const missing = events.filter((event) => !this.#take(keyOf(event), found));
    if (missing.length === 0) return;
    const reading = this.#read(roomShard, missing, found);
    // Who asks for the same one meanwhile waits for it; a failure is for the one who asked first.
    const settled = reading.catch(() => undefined);
    for (const event of missing) this.#reading.set(keyOf(event), settled);
    try {
      await reading;
    } finally {
      for (const event of missing) this.#reading.delete(keyOf(event));
    }
  }

  #take(key: string, found: Map<string, Buffer>): boolean {
    const body = this.#bodies.get(key);
    if (body !== undefined) found.set(key, body);
    return body !== undefined;
  }

  async #read(roomShard: number, events: readonly OutgoingEvent[], found: Map<string, Buffer>): Promise<void> {
    const stored = await this.#reader.findEvents(
      roomShard,
      events.map(({ eventNid }) => eventNid),
    );
    for (const event of events) {
      const body = stored.get(event.eventNid)?.json;
      if (body === undefined) continue;
      found.set(keyOf(event), body);
      this.#bodies.set(keyOf(event), body);
    }
  }
}

function keyOf({ roomShard, eventNid }: OutgoingEvent): string {
  return `${roomShard}/${eventNid}`;
}
