import type { RoomEvent } from '../pdu/pdu.ts';
import { compareByTime } from './power-sort.ts';
import type { RoomReader } from './room-reader.ts';

/**
 * The mainline ordering based on a power levels event (https://spec.matrix.org/v1.19/rooms/v2/#definitions): events that rest on an
 * earlier event of the mainline first, then the earlier, then the lesser id.
 */
export function sortByMainline(
  events: readonly RoomEvent[],
  powerLevels: RoomEvent | undefined,
  reader: RoomReader,
): RoomEvent[] {
  const mainline = new Mainline(powerLevels, reader);
  const placed = events.map((event) => ({ event, position: mainline.positionOf(event) }));
  return placed.sort(comparePlaced).map(({ event }) => event);
}

interface Placed {
  readonly event: RoomEvent;
  readonly position: number;
}

function comparePlaced(a: Placed, b: Placed): number {
  if (a.position !== b.position) return a.position > b.position ? -1 : 1;
  return compareByTime(a.event, b.event);
}

/** A mainline, walked only as far down as the events to be placed ask for. */
class Mainline {
  readonly #reader: RoomReader;
  /** Of the mainline so far, and of power levels beside it that were passed on the way to it. */
  readonly #positions = new Map<string, number>();
  #next: RoomEvent | undefined;
  #length = 0;

  constructor(powerLevels: RoomEvent | undefined, reader: RoomReader) {
    this.#reader = reader;
    this.#next = powerLevels;
  }

  positionOf(event: RoomEvent): number {
    const passed: string[] = [];
    let at = this.#findPowerLevelsOf(event);
    while (at !== undefined && !this.#includes(at)) {
      passed.push(at.eventId);
      at = this.#findPowerLevelsOf(at);
    }
    const position = (at && this.#positions.get(at.eventId)) ?? Infinity;
    for (const eventId of passed) this.#positions.set(eventId, position);
    return position;
  }

  /** @NOTE Auth depth falls along the mainline: once it is below the event's, the event can no longer come. */
  #includes(event: RoomEvent): boolean {
    const depth = this.#reader.authDepth(event);
    while (this.#next !== undefined && this.#reader.authDepth(this.#next) >= depth) {
      this.#positions.set(this.#next.eventId, this.#length);
      this.#length += 1;
      this.#next = this.#findPowerLevelsOf(this.#next);
    }
    return this.#positions.has(event.eventId);
  }

  #findPowerLevelsOf(event: RoomEvent): RoomEvent | undefined {
    return this.#reader.findAuthEvent(event, { type: 'm.room.power_levels', stateKey: '' });
  }
}
