import { authStateOf, canRedact, redactEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomReader } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import type { ReadableEvent } from './read-event.ts';
import type { RoomPlace } from './room-place.ts';
import type { StateReader } from './state-reader.ts';

/** An event as it is to be shown. */
export interface ShownEvent {
  readonly stored: ReadableEvent;
  /** Redacted where a redaction took effect. */
  readonly event: RoomEvent;
  readonly redactedBecause: RoomEvent | undefined;
  /** It is redacted for this reader, because its sender was erased. */
  readonly isErased?: boolean;
}

const DECIDING_STATE = [
  { type: 'm.room.create', stateKey: '' },
  { type: 'm.room.power_levels', stateKey: '' },
];

/** Applies redactions when events are read. */
export class RedactionReader {
  readonly #reader: Pick<RoomReader, 'findEvents' | 'findEventsById'>;
  readonly #states: StateReader;

  constructor(reader: Pick<RoomReader, 'findEvents' | 'findEventsById'>, states: StateReader) {
    this.#reader = reader;
    this.#states = states;
  }

  /**
   * The event without what a redaction took away (https://spec.matrix.org/v1.19/client-server-api/#redactions): the first that takes effect
   * counts. An event that nothing redacts costs no look-up.
   */
  async show(room: RoomPlace, stored: ReadableEvent): Promise<ShownEvent> {
    const event = readEvent(stored, room.roomVersion);
    if (stored.redactedBy.length === 0) return { stored, event, redactedBecause: undefined };
    const redactedBecause = await this.#findRedaction(room, event, stored.redactedBy);
    return { stored, event: redactedBecause === undefined ? event : redactEvent(event).event, redactedBecause };
  }

  /** Whether a redaction takes effect on the event that it names: one that does not is not shown to clients. */
  async takesEffect(room: RoomPlace, stored: ReadableEvent, redaction: RoomEvent): Promise<boolean> {
    if (redaction.redacts === undefined) return false;
    const found = await this.#reader.findEventsById(room.shard, room.roomNid, [redaction.redacts]);
    const redacted = found.get(redaction.redacts);
    if (redacted === undefined) return false;
    return await this.#isEffective(room, { stored, redaction }, readEvent(redacted, room.roomVersion));
  }

  async #findRedaction(room: RoomPlace, event: RoomEvent, ids: readonly string[]): Promise<RoomEvent | undefined> {
    const redactions = await this.#reader.findEventsById(room.shard, room.roomNid, ids);
    for (const id of ids) {
      const stored = redactions.get(id);
      if (stored === undefined || stored.status !== 'accepted') continue;
      const redaction = readEvent(stored, room.roomVersion);
      if (await this.#isEffective(room, { stored, redaction }, event)) return redaction;
    }
    return undefined;
  }

  async #isEffective(
    room: RoomPlace,
    { stored, redaction }: { readonly stored: ReadableEvent; readonly redaction: RoomEvent },
    redacted: RoomEvent,
  ): Promise<boolean> {
    const nids = await this.#states.lookup(room, stored.stateBefore ?? 0, DECIDING_STATE);
    const known = (nids ?? []).filter((nid) => nid !== undefined);
    const events = await this.#reader.findEvents(room.shard, known);
    const state = authStateOf([...events.values()].map((event) => readEvent(event, room.roomVersion)));
    return canRedact(redaction, redacted, state);
  }
}
