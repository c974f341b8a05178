import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';
import { findOwn } from '../auth-rules/own-value.ts';
import { toClientEvent } from '../pdu/client-event.ts';
import type { RoomEvent } from '../pdu/pdu.ts';

/** A property of an event, named once and looked up in many. */
export interface EventProperty {
  /** The path as the rule has it; says which properties are the same. */
  readonly key: string;
  readonly names: readonly string[];
}

/**
 * An event as push rules look at it: in the format that clients get. It remembers what was looked up, so one view serves the
 * rules of all users in the room.
 */
export class PushEventView {
  readonly roomId: string;
  readonly sender: string;
  readonly #event: JsonObject;
  readonly #values = new Map<string, JsonValue | undefined>();
  readonly #folded = new Map<string, string | undefined>();

  constructor(event: RoomEvent) {
    this.roomId = event.roomId;
    this.sender = event.sender;
    this.#event = { ...toClientEvent(event) };
  }

  /** The value of a property; nothing where the event does not have it. */
  find(property: EventProperty): JsonValue | undefined {
    if (this.#values.has(property.key)) return this.#values.get(property.key);
    const value = this.#resolve(property.names);
    this.#values.set(property.key, value);
    return value;
  }

  /** The text of a property without case; nothing where it is absent or no text. */
  findFolded(property: EventProperty): string | undefined {
    if (this.#folded.has(property.key)) return this.#folded.get(property.key);
    const value = this.find(property);
    const folded = typeof value === 'string' ? foldCase(value) : undefined;
    this.#folded.set(property.key, folded);
    return folded;
  }

  #resolve(names: readonly string[]): JsonValue | undefined {
    let value: JsonValue | undefined = this.#event;
    for (const name of names) {
      if (!isJsonObject(value)) return undefined;
      value = findOwn(value, name);
    }
    return value;
  }
}

/** Takes case out of a text; patterns and texts alike go through it before they are compared. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}
