import type { RoomPlace } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { RoomTail } from './room-tail.ts';
import { ServedEvent } from './served-event.ts';

const EVENT_BYTES = 800;

/**
 * Events of room state that were served of late, bounded in bytes, the least recently used leave first. They follow redactions in the
 * log, as those in the tail do.
 */
export class EventStore {
  readonly #reader: Pick<RoomReader, 'findEvents'>;
  readonly #tail: RoomTail;
  readonly #maxBytes: number;
  readonly #events = new Map<string, ServedEvent>();
  readonly #keyOfId = new Map<string, string>();
  #bytes = 0;
  #erasures = 0;

  constructor(reader: Pick<RoomReader, 'findEvents'>, tail: RoomTail, maxBytes: number) {
    this.#reader = reader;
    this.#tail = tail;
    this.#maxBytes = maxBytes;
  }

  /** By event number; those that are not stored are left out. */
  async load(place: RoomPlace, eventNids: readonly number[]): Promise<Map<number, ServedEvent>> {
    const found = new Map<number, ServedEvent>();
    for (const nid of eventNids) {
      const held = this.#find(keyOf(place, nid));
      if (held !== undefined) found.set(nid, held);
    }
    const missing = eventNids.filter((nid) => !found.has(nid));
    if (missing.length === 0) return found;
    const erasures = this.#erasures;
    const read = await this.#reader.findEvents(place.shard, missing);
    // What was read before something was erased is not kept.
    const isKept = erasures === this.#erasures;
    for (const [nid, stored] of read) {
      const event = new ServedEvent(place, stored);
      found.set(nid, this.#tail.findEvent(stored.eventId) ?? (isKept ? this.#add(keyOf(place, nid), event) : event));
    }
    return found;
  }

  /** What these events say is gone. */
  erased(place: Pick<RoomPlace, 'shard'>, eventNids: readonly number[]): void {
    if (eventNids.length > 0) this.#erasures += 1;
    for (const nid of eventNids) this.#remove(keyOf(place, nid));
  }

  /** A redaction arrived in the log. */
  redacted(eventId: string, redactionId: string): void {
    this.#events.get(this.#keyOfId.get(eventId) ?? '')?.addRedaction(redactionId);
  }

  clear(): void {
    this.#events.clear();
    this.#keyOfId.clear();
    this.#bytes = 0;
  }

  #find(key: string): ServedEvent | undefined {
    const event = this.#events.get(key);
    if (event === undefined) return undefined;
    this.#events.delete(key);
    this.#events.set(key, event);
    return event;
  }

  /** A redaction that arrived while the event was being read is in the tail. */
  #add(key: string, event: ServedEvent): ServedEvent {
    for (const redactionId of this.#tail.recentRedactions(event.eventId)) event.addRedaction(redactionId);
    const other = this.#events.get(key);
    if (other !== undefined) return other;
    this.#events.set(key, event);
    this.#keyOfId.set(event.eventId, key);
    this.#bytes += sizeOf(event);
    for (const oldest of this.#events.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
    return event;
  }

  #remove(key: string): void {
    const event = this.#events.get(key);
    if (event === undefined) return;
    this.#events.delete(key);
    this.#keyOfId.delete(event.eventId);
    this.#bytes -= sizeOf(event);
  }
}

function keyOf({ shard }: Pick<RoomPlace, 'shard'>, eventNid: number): string {
  return `${shard}/${eventNid}`;
}

/** The bytes as stored, about as much again as rendered. */
function sizeOf(event: ServedEvent): number {
  return EVENT_BYTES + event.stored.json.length * 2;
}
