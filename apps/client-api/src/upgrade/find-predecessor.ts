import { isJsonObject, isRoomId } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';

/** So many rooms are remembered with what they say: create events do not change. */
const REMEMBERED = 10_000;
const NONE = '';

/**
 * Finds the room that a room replaces (https://spec.matrix.org/v1.19/client-server-api/#room-upgrades): its create event names it, and the tombstone there
 * names this room. Anybody may claim the one, and who may bury a room the other.
 */
export class FindPredecessor {
  readonly #rooms: Pick<RoomReader, 'findRoom'>;
  readonly #states: Pick<RoomState, 'find'>;
  readonly #named = new Map<string, string>();

  constructor(rooms: Pick<RoomReader, 'findRoom'>, states: Pick<RoomState, 'find'>) {
    this.#rooms = rooms;
    this.#states = states;
  }

  /** Nothing where there is none, or where it is not stored here. */
  async execute(roomId: string): Promise<string | undefined> {
    const named = this.#named.get(roomId) ?? (await this.#readNamed(roomId));
    if (named === NONE) return undefined;
    const tombstone = await this.#findContent(named, 'm.room.tombstone');
    return tombstone?.['replacement_room'] === roomId ? named : undefined;
  }

  async #readNamed(roomId: string): Promise<string> {
    const create = await this.#findContent(roomId, 'm.room.create');
    if (create === undefined) return NONE;
    const predecessor = isJsonObject(create['predecessor']) ? create['predecessor']['room_id'] : undefined;
    const named = isRoomId(predecessor) ? predecessor : NONE;
    this.#named.set(roomId, named);
    const oldest = this.#named.size > REMEMBERED ? this.#named.keys().next().value : undefined;
    if (oldest !== undefined) this.#named.delete(oldest);
    return named;
  }

  async #findContent(roomId: string, type: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const room = await this.#rooms.findRoom(roomId);
    const event = room && (await this.#states.find(room, room.currentRoot, { type, stateKey: '' }));
    return event?.content;
  }
}
