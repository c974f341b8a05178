import type { JsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '../room-version/rules.ts';

/** An event as it goes between servers: the parsed wire object, snake_case, nothing added. */
export type Pdu = JsonObject;

/**
 * An event that this server understands: its identifier, its room's version and the fields that rules and resolution read, taken
 * out of the wire object once. Immutable.
 */
export interface RoomEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly rules: RoomVersionRules;
  readonly type: string;
  readonly sender: string;
  /** Present on state events only. */
  readonly stateKey: string | undefined;
  readonly content: JsonObject;
  readonly depth: number;
  /** Milliseconds since the epoch, as the sender claims. */
  readonly originServerTs: number;
  readonly prevEvents: readonly string[];
  /** As listed in the event. In version 12 the create event is not among them; rules add it. */
  readonly authEvents: readonly string[];
  /** The event id that a redaction names, wherever the version keeps it. */
  readonly redacts: string | undefined;
  readonly pdu: Pdu;
}

/** The key of an entry of room state. */
export interface StateKey {
  readonly type: string;
  readonly stateKey: string;
}
