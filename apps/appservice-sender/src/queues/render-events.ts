import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import { STRIPPED_STATE_TYPES, toClientEvent, toStrippedState } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RedactionReader, RoomPlace, RoomState, ShownEvent } from '@plexus/room-view';
import type { AppserviceEventPlace, RoomReader, StoredEvent } from '@plexus/storage';

export interface RenderEventsPorts {
  readonly reader: Pick<RoomReader, 'findEvents'>;
  readonly redactions: RedactionReader;
  readonly states: Pick<RoomState, 'find' | 'findMany'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Whose invites come with a description of the room. */
export type IsOwnUser = (userId: string) => boolean;

/**
 * Events in the format for clients (https://spec.matrix.org/v1.19/client-server-api/#room-event-format), as application services are sent them:
 * redacted where they are by now, with what a state event replaced, and invites of their own users with the stripped state of the room.
 */
export class RenderEvents {
  readonly #ports: RenderEventsPorts;

  constructor(ports: RenderEventsPorts) {
    this.#ports = ports;
  }

  /** In the order of the places; nothing for an event that is purged, and for a redaction without effect. Throws `StorageError`. */
  async render(places: readonly AppserviceEventPlace[], isOwnUser: IsOwnUser): Promise<(string | undefined)[]> {
    const stored = new Map<string, StoredEvent>();
    for (const [shard, own] of Map.groupBy(places, ({ roomShard }) => roomShard)) {
      const found = await this.#ports.reader.findEvents(shard, [...new Set(own.map(({ eventNid }) => eventNid))]);
      for (const [eventNid, event] of found) stored.set(`${shard}/${eventNid}`, event);
    }
    return Promise.all(
      places.map(async (place) => {
        const event = stored.get(`${place.roomShard}/${place.eventNid}`);
        return event && (await this.#renderOne(place, event, isOwnUser));
      }),
    );
  }

  async #renderOne(
    { roomShard: shard, roomNid, roomVersion }: AppserviceEventPlace,
    stored: StoredEvent,
    isOwnUser: IsOwnUser,
  ): Promise<string | undefined> {
    const { redactions, clock } = this.#ports;
    const room = { shard, roomNid, roomVersion };
    const shown = await redactions.show(room, stored);
    const { event, redactedBecause } = shown;
    const isRedaction = event.type === 'm.room.redaction' && redactedBecause === undefined;
    if (isRedaction && !(await this.#takesEffect(room, shown, stored))) return undefined;
    return encode(event, {
      age: Math.max(0, clock.now() - event.originServerTs),
      ...(redactedBecause !== undefined && { redacted_because: { ...toClientEvent(redactedBecause) } }),
      ...(await this.#previousOf(room, event, stored)),
      ...(await this.#strippedStateOf(room, event, { stored, isOwnUser })),
    });
  }

  async #takesEffect(room: RoomPlace, { event }: ShownEvent, stored: StoredEvent): Promise<boolean> {
    return event.redacts === undefined || this.#ports.redactions.takesEffect(room, stored, event);
  }

  async #previousOf(room: RoomPlace, { type, stateKey }: RoomEvent, stored: StoredEvent): Promise<JsonObject> {
    if (stateKey === undefined) return {};
    const previous = await this.#ports.states.find(room, stored.stateBefore ?? 0, { type, stateKey });
    if (previous === undefined) return {};
    return { prev_content: previous.content, prev_sender: previous.sender, replaces_state: previous.eventId };
  }

  async #strippedStateOf(
    room: RoomPlace,
    event: RoomEvent,
    { stored, isOwnUser }: { readonly stored: StoredEvent; readonly isOwnUser: IsOwnUser },
  ): Promise<JsonObject> {
    const { type, stateKey, sender, content } = event;
    if (type !== 'm.room.member' || stateKey === undefined || content['membership'] !== 'invite') return {};
    if (!isOwnUser(stateKey)) return {};
    const keys = [
      ...STRIPPED_STATE_TYPES.map((described) => ({ type: described as string, stateKey: '' })),
      { type: 'm.room.member', stateKey: sender },
    ];
    const state = await this.#ports.states.findMany(room, stored.stateBefore ?? 0, keys);
    const stripped: JsonValue[] = [...state, event].map((each) => ({ ...toStrippedState(each) }));
    return { invite_room_state: stripped };
  }
}

/** Numbers of room versions 1 to 5 may have a text that `JSON.stringify` does not know. */
function encode(event: RoomEvent, unsigned: JsonObject): string {
  const value = { ...toClientEvent(event, unsigned) };
  return event.rules.strictCanonicalJson ? JSON.stringify(value) : encodeCanonicalJson(value, 'any');
}
