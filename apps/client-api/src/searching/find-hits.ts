import { matchesEventFilter, matchesRoom } from '@plexus/matrix-api';
import type { RoomEventFilter } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type {
  RoomReader,
  SearchHitPlace,
  SearchHit,
  SearchQuery,
  SearchReader,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';
import type { ReadRoomAccess, RoomAccess } from '../reading/room-access.ts';
import type { ShowEvents, VisibleEvent } from '../reading/show-events.ts';
import type { SearchPlace } from './search-token.ts';

export interface WantedHits {
  readonly userId: string;
  readonly term: string;
  readonly keys: SearchQuery['keys'];
  readonly order: SearchQuery['order'];
  readonly filter: RoomEventFilter;
  readonly limit: number;
  readonly place: SearchPlace | undefined;
}

/** An event that was found, and that the user may see. */
export interface FoundEvent {
  readonly hit: SearchHit;
  readonly access: RoomAccess;
  readonly event: VisibleEvent;
}

export interface FoundEvents {
  readonly found: readonly FoundEvent[];
  /** Where to go on, if there may be more. */
  readonly next: SearchHitPlace | undefined;
  /** About how many there are in all. */
  readonly count: number;
}

export interface FindHitsPorts {
  readonly search: SearchReader;
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly userRooms: UserRoomReader;
  readonly access: ReadRoomAccess;
  readonly states: RoomState;
  readonly showEvents: ShowEvents;
}

/** Hits that one request looks at, where few of them may be shown. */
const MAX_LOOKED_AT = 500;
const NOTHING: FoundEvents = { found: [], next: undefined, count: 0 };

/** Finds what a user may see of what a search comes upon: in rooms that they are or were in, and that are not encrypted. */
export class FindHits {
  readonly #ports: FindHitsPorts;
  readonly #language: string;

  constructor(ports: FindHitsPorts, language: string) {
    this.#ports = ports;
    this.#language = language;
  }

  async execute(wanted: WantedHits): Promise<FoundEvents> {
    const { term, keys, order, place, limit, filter } = wanted;
    const rooms = await this.#findRooms(wanted);
    if (rooms.length === 0) return NOTHING;
    const sender = place?.group?.key === 'sender' ? place.group.value : undefined;
    const query = { term, language: this.#language, rooms, keys, sender, order, after: place?.after, limit };
    const count = await this.#ports.search.countHits(query);
    if (limit === 0) return { ...NOTHING, count };
    const known = new Map<string, RoomAccess | undefined>();
    const roomIds = new Map(rooms.map(({ shard, roomNid, roomId }) => [keyOf(shard, roomNid), roomId]));
    const found: FoundEvent[] = [];
    let after = place?.after;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const hits = await this.#ports.search.search({ ...query, after });
      lookedAt += hits.length;
      for (const event of await this.#show(wanted.userId, hits, { roomIds, known })) {
        if (!matchesEventFilter(event.event.shown.event, filter)) continue;
        found.push(event);
        if (found.length === limit) return { found, next: event.hit, count };
      }
      const last = hits.at(-1);
      if (hits.length < limit || last === undefined) return { found, next: undefined, count };
      after = last;
    }
    return { found, next: after, count };
  }

  async #findRooms({ userId, filter, place }: WantedHits): Promise<UserRoom[]> {
    const rooms = await this.#ports.userRooms.findUserRooms(userId);
    const group = place?.group;
    return rooms.filter(
      ({ roomId, membership }) =>
        membership !== 'invite' &&
        membership !== 'knock' &&
        matchesRoom(roomId, filter) &&
        (group?.key !== 'room_id' || group.value === roomId),
    );
  }

  /** The hits that the user may see, in their order. */
  async #show(userId: string, hits: readonly SearchHit[], { roomIds, known }: KnownRooms): Promise<FoundEvent[]> {
    const shown = new Map<SearchHit, FoundEvent>();
    const byRoom = Map.groupBy(hits, ({ shard, roomNid }) => roomIds.get(keyOf(shard, roomNid)) ?? '');
    for (const [roomId, ofRoom] of byRoom) {
      const access = await this.#findAccess(userId, roomId, known);
      if (access === undefined) continue;
      for (const event of await this.#showInRoom(access, ofRoom)) shown.set(event.hit, event);
    }
    return hits.flatMap((hit) => shown.get(hit) ?? []);
  }

  /** Nothing for a room that is not to be searched. */
  async #findAccess(userId: string, roomId: string, known: KnownRooms['known']): Promise<RoomAccess | undefined> {
    if (!known.has(roomId)) known.set(roomId, await this.#readAccess(userId, roomId));
    return known.get(roomId);
  }

  async #readAccess(userId: string, roomId: string): Promise<RoomAccess | undefined> {
    try {
      const access = await this.#ports.access.execute(userId, roomId);
      const key = { type: 'm.room.encryption', stateKey: '' };
      const encryption = await this.#ports.states.find(access.room, access.root, key);
      return encryption === undefined ? access : undefined;
    } catch (error) {
      if (error instanceof MatrixError && error.httpStatus < 500) return undefined;
      throw error;
    }
  }

  async #showInRoom(access: RoomAccess, hits: readonly SearchHit[]): Promise<FoundEvent[]> {
    const { rooms, showEvents } = this.#ports;
    const byNid = new Map(hits.map((hit) => [hit.eventNid, hit]));
    const stored = [...(await rooms.findEvents(access.room.shard, [...byNid.keys()])).values()];
    const inOrder = stored
      .filter(({ roomNid }) => roomNid === access.room.roomNid)
      .toSorted((a, b) => (a.topologicalPosition ?? 0) - (b.topologicalPosition ?? 0) || a.eventNid - b.eventNid);
    const visible = await showEvents.filterVisible(access, inOrder);
    return visible.flatMap((event) => {
      const hit = byNid.get(event.stored.eventNid);
      const isGone = event.shown.redactedBecause !== undefined || event.shown.isErased === true;
      return hit === undefined || isGone ? [] : [{ hit, access, event }];
    });
  }
}

interface KnownRooms {
  readonly roomIds: ReadonlyMap<string, string>;
  /** Rooms that were looked at already. */
  readonly known: Map<string, RoomAccess | undefined>;
}

function keyOf(shard: number, roomNid: number): string {
  return `${shard}/${roomNid}`;
}
