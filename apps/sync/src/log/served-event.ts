import type { FilteredEvent } from '@plexus/matrix-api';
import { findMentions, redactEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { ReadableEvent, RoomPlace } from '@plexus/room-view';
import type { RenderedEvent } from '../render/rendered-event.ts';

/** What is looked at before an event is rendered. */
export interface EventTraits extends FilteredEvent {
  readonly stateKey: string | undefined;
  readonly redacts: string | undefined;
  /** Of `m.room.member`. */
  readonly membership: string | undefined;
}

/** Of the command that made the event, for `unsigned.transaction_id`. */
export interface SentBy {
  readonly transactionId: string | undefined;
  readonly senderDeviceId: string | undefined;
}

export interface StoredServedEvent extends ReadableEvent {
  readonly topologicalPosition: number | undefined;
}

/** An event of the log or of room state as this process serves it: rendered once, for all who get it. */
export class ServedEvent {
  readonly place: RoomPlace;
  readonly sentBy: SentBy | undefined;
  /** Nothing until it is first served, and again after a redaction. */
  rendered: RenderedEvent | Promise<RenderedEvent> | undefined;
  #stored: StoredServedEvent;
  #traits: EventTraits | undefined;
  #mentions: readonly string[] | undefined;

  constructor(place: RoomPlace, stored: StoredServedEvent, sentBy?: SentBy) {
    this.place = place;
    this.#stored = stored;
    this.sentBy = sentBy;
  }

  get stored(): StoredServedEvent {
    return this.#stored;
  }

  get eventNid(): number {
    return this.#stored.eventNid;
  }

  get eventId(): string {
    return this.#stored.eventId;
  }

  get traits(): EventTraits {
    return (this.#traits ??= traitsOf(this.#stored, this.place.roomVersion));
  }

  /** Users for whom it is a highlight because it names them. */
  get mentions(): readonly string[] {
    return (this.#mentions ??= mentionsOf(this.#stored, this.place.roomVersion));
  }

  /** Tells it of a redaction that came later. Whether that takes effect is decided when it is rendered again. */
  addRedaction(redactionId: string): void {
    if (this.#stored.redactedBy.includes(redactionId)) return;
    this.#stored = { ...this.#stored, redactedBy: [...this.#stored.redactedBy, redactionId] };
    this.rendered = undefined;
  }

  /** What it says is gone: what stays is stored from now on. */
  erase(): void {
    const { bytes: json } = redactEvent(readEvent(this.#stored, this.place.roomVersion));
    this.#stored = { ...this.#stored, json };
    this.#traits = undefined;
    this.#mentions = undefined;
    this.rendered = undefined;
  }
}

/** Keeps little: the parsed event takes several times the memory of its bytes. */
function traitsOf(stored: StoredServedEvent, roomVersion: string): EventTraits {
  const { type, sender, stateKey, content, redacts } = readEvent(stored, roomVersion);
  const { url, membership } = content;
  return {
    type,
    sender,
    stateKey,
    redacts,
    content: typeof url === 'string' ? { url } : {},
    membership: type === 'm.room.member' && typeof membership === 'string' ? membership : undefined,
  };
}

const NOBODY: readonly string[] = [];

/** @NOTE Few events name anybody, so few are parsed for it. */
function mentionsOf(stored: StoredServedEvent, roomVersion: string): readonly string[] {
  return stored.json.includes('"m.mentions"') ? findMentions(readEvent(stored, roomVersion)) : NOBODY;
}
