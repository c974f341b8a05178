import type { PieceEvent, TakeStatePiece } from '@plexus/rpc';
import { parseRoomEvent } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { Settled } from '../writing/room-item.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { CitedEvents, CitedPdu } from './cited-events.ts';
import { bytesOf, EVENTS_AT_ONCE, MAX_ROUNDS } from './cited-events.ts';
import type { ImportedState } from './imported-state.ts';

/** A state from elsewhere that comes in pieces, each stored as it comes; what makes the state of them is remembered. */
export class StateInPieces {
  readonly place: LoadedRoom;
  readonly #cited: CitedEvents;
  /** How many events came in each piece that is stored, by how many came before it: one that is repeated counts once. */
  readonly #stored = new Map<number, number>();
  #deferred: readonly CitedPdu[] = [];

  constructor(place: LoadedRoom, cited: CitedEvents) {
    this.place = place;
    this.#cited = cited;
  }

  get state(): ImportedState {
    return this.#cited.state;
  }

  /** Of all pieces that are stored. */
  get eventCount(): number {
    return [...this.#stored.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Of what waits for events that it cites. */
  get deferredBytes(): number {
    return bytesOf(this.#deferred);
  }

  /** Nothing where all went well, else how it ended. */
  async take({ eventsBefore, events }: Pick<TakeStatePiece, 'eventsBefore' | 'events'>): Promise<Settled | undefined> {
    const { rules } = this.place;
    const piece = events.map((event, index) => toCitedPdu(event, rules, eventsBefore + index));
    const taken = await this.#cited.take(piece);
    if ('outcome' in taken) return taken;
    this.#deferred = [...this.#deferred, ...taken.deferred];
    this.#stored.set(eventsBefore, events.length);
    return undefined;
  }

  /** Takes what came before the events that it cites, as long as any more of it can be stored. */
  async takeDeferred(): Promise<Settled | undefined> {
    for (let round = 0; round < MAX_ROUNDS && this.#deferred.length > 0; round += 1) {
      const waiting = this.#deferred;
      let stored = 0;
      const deferred: CitedPdu[] = [];
      for (let from = 0; from < waiting.length; from += EVENTS_AT_ONCE) {
        const taken = await this.#cited.take(waiting.slice(from, from + EVENTS_AT_ONCE));
        if ('outcome' in taken) return taken;
        stored += taken.stored;
        deferred.push(...taken.deferred);
      }
      this.#deferred = deferred;
      if (stored === 0) break;
    }
    return undefined;
  }
}

export function toCitedPdu(
  { json, eventId, isRedactedCopy, isInState }: PieceEvent,
  rules: RoomVersionRules,
  ordinal: number,
): CitedPdu {
  return { event: parseRoomEvent(json, eventId, rules), bytes: json, isRedactedCopy, ordinal, isInState };
}
