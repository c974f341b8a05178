import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { EncodedPdu, redactEvent, toClientEventWithoutRoomId } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { RedactionReader, ShownEvent, StateReader } from '@plexus/room-view';
import type { EventStore } from '../log/event-store.ts';
import type { ServedEvent } from '../log/served-event.ts';
import type { RenderedEvent } from './rendered-event.ts';

export interface EventRendererOptions {
  readonly redactions: RedactionReader;
  readonly states: StateReader;
  readonly events: EventStore;
}

/** Turns events into JSON, each once until a redaction changes it. */
export class EventRenderer {
  readonly #options: EventRendererOptions;

  constructor(options: EventRendererOptions) {
    this.#options = options;
  }

  /** At once where nothing has to be looked up: a message that nothing redacts, or what is rendered already. */
  render(event: ServedEvent): RenderedEvent | Promise<RenderedEvent> {
    if (event.rendered !== undefined) return event.rendered;
    if (isPlain(event)) return (event.rendered = renderPlain(event));
    const rendering = this.#renderOnce(event, () => event.rendered === rendering);
    event.rendered = rendering;
    return rendering;
  }

  /** The event for those from whom its sender was erased. Few get it so: it is not kept. */
  renderErased({ stored, place }: ServedEvent): RenderedEvent {
    const { event } = redactEvent(readEvent(stored, place.roomVersion));
    const shown = { stored, event, redactedBecause: undefined };
    const redactedPdu = new EncodedPdu(event.pdu, event.rules).full();
    return { ...renderShown(shown, { isShown: true, previous: undefined }), redactedPdu };
  }

  /** @NOTE A redaction that arrives meanwhile takes `rendered` away; this rendering is then for those only who wait for it. */
  async #renderOnce(event: ServedEvent, isCurrent: () => boolean): Promise<RenderedEvent> {
    try {
      const rendered = await this.#render(event);
      if (isCurrent()) event.rendered = rendered;
      return rendered;
    } catch (error) {
      if (isCurrent()) event.rendered = undefined;
      throw error;
    }
  }

  async #render(event: ServedEvent): Promise<RenderedEvent> {
    const { redactions } = this.#options;
    const shown = await redactions.show(event.place, event.stored);
    const isRedaction = shown.event.type === 'm.room.redaction' && shown.redactedBecause === undefined;
    const isShown = !isRedaction || (await redactions.takesEffect(event.place, event.stored, shown.event));
    return renderShown(shown, { isShown, previous: await this.#findPrevious(event) });
  }

  async #findPrevious(event: ServedEvent): Promise<RoomEvent | undefined> {
    const { type, stateKey } = event.traits;
    if (stateKey === undefined) return undefined;
    const { states, events, redactions } = this.#options;
    const nids = await states.lookup(event.place, event.stored.stateBefore ?? 0, [{ type, stateKey }]);
    const nid = nids?.[0];
    if (nid === undefined) return undefined;
    const previous = (await events.load(event.place, [nid])).get(nid);
    return previous && (await redactions.show(event.place, previous.stored)).event;
  }
}

function isPlain({ traits, stored }: ServedEvent): boolean {
  return traits.stateKey === undefined && traits.type !== 'm.room.redaction' && stored.redactedBy.length === 0;
}

function renderPlain({ stored, place }: ServedEvent): RenderedEvent {
  const shown = { stored, event: readEvent(stored, place.roomVersion), redactedBecause: undefined };
  return renderShown(shown, { isShown: true, previous: undefined });
}

function renderShown(
  { event, redactedBecause }: ShownEvent,
  { isShown, previous }: { readonly isShown: boolean; readonly previous: RoomEvent | undefined },
): RenderedEvent {
  const replaces = previous === undefined ? '' : `"replaces_state":${JSON.stringify(previous.eventId)},`;
  const because = redactedBecause === undefined ? '' : `"redacted_because":${clientJson(redactedBecause)},`;
  return {
    isShown,
    head: clientJson(event).slice(0, -1),
    unsigned: replaces + because,
    previousContent: previous === undefined ? '' : `"prev_content":${jsonOf(previous.content, previous)},`,
    originServerTs: event.originServerTs,
    redactedPdu: redactedBecause === undefined ? undefined : new EncodedPdu(event.pdu, event.rules).full(),
  };
}

function clientJson(event: RoomEvent): string {
  return jsonOf({ ...toClientEventWithoutRoomId(event) }, event);
}

/** Numbers of room versions 1 to 5 may have a text that `JSON.stringify` does not know. */
function jsonOf(value: JsonValue, { rules }: RoomEvent): string {
  return rules.strictCanonicalJson ? JSON.stringify(value) : encodeCanonicalJson(value, 'any');
}
