import type { NamedCache } from '@plexus/cache';
import type { OutgoingEvent, RoomReader } from '@plexus/storage';

/** What a usual event is far below. */
const ENTRY_BYTES = 4_096;

/** A body of more counts as several entries: one may have 64 KiB. */
export function weightOfBody(body: Buffer): number {
  return Math.max(1, Math.ceil(body.length / ENTRY_BYTES));
}

/** The JSON of events on their way out, through the cache `events`. One that goes to many destinations is read once. */
export class EventBodies {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #cache: NamedCache<Buffer>;
  readonly #reading = new Map<string, Promise<void>>();

  constructor(reader: Pick<RoomReader, 'findEvents'>, cache: NamedCache<Buffer>) {
    this.#reader = reader;
    this.#cache = cache;
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
    const underWay = events.flatMap((event) => this.#reading.get(keyOf(event)) ?? []);
    if (underWay.length > 0) await Promise.all(underWay);
    const nidOf = new Map(events.map((event) => [keyOf(event), event.eventNid]));
    const missing: string[] = [];
    const reading = this.#cache.getMany([...nidOf.keys()], (keys) => {
      missing.push(...keys);
      return this.#read(roomShard, keys, nidOf);
    });
    // Who asks for the same one meanwhile waits for it; a failure is for the one who asked first.
    const settled = reading.then(ignore, ignore);
    for (const key of missing) this.#reading.set(key, settled);
    try {
      for (const [key, body] of await reading) found.set(key, body);
    } finally {
      for (const key of missing) if (this.#reading.get(key) === settled) this.#reading.delete(key);
    }
  }

  async #read(
    roomShard: number,
    keys: readonly string[],
    nidOf: ReadonlyMap<string, number>,
  ): Promise<Map<string, Buffer>> {
    const stored = await this.#reader.findEvents(
      roomShard,
      keys.flatMap((key) => nidOf.get(key) ?? []),
    );
    const bodies = new Map<string, Buffer>();
    for (const key of keys) {
      const body = stored.get(nidOf.get(key) ?? 0)?.json;
      if (body !== undefined) bodies.set(key, body);
    }
    return bodies;
  }
}

function ignore(): void {}

function keyOf({ roomShard, eventNid }: OutgoingEvent): string {
  return `${roomShard}/${eventNid}`;
}
