import type { Appservice } from '@plexus/appservices';
import type { Clock } from '@plexus/matrix-base';
import type { AppserviceAppender, HostedServer, LocalAliasReader, RoomReader } from '@plexus/storage';
import { LRUCache } from 'lru-cache';
import type { InterestedAppservices } from './interested-appservices.ts';

export interface InterestedRoomsPorts {
  readonly appservices: Pick<InterestedAppservices, 'all'>;
  readonly members: Pick<AppserviceAppender, 'findRooms'>;
  readonly aliases: LocalAliasReader;
  readonly rooms: Pick<RoomReader, 'findResidency'>;
  readonly clock: Pick<Clock, 'now'>;
  hostedServers(): readonly Pick<HostedServer, 'serverName'>[];
}

export interface RoomKey {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
}

/** What is known of a room: who has users in it, by the log so far, and whom its id and aliases interest. */
interface KnownRoom {
  readonly members: Set<string>;
  readonly named: ReadonlySet<string>;
  readonly readAt: number;
  readonly appservices: readonly Appservice[];
}

const MOST_ROOMS = 20_000;
/** Aliases change without an event, and memberships from before a registration are found little by little: so old what is known may be. */
const GOOD_FOR_MS = 10_000;

/**
 * Which application services are interested in everything that happens in a room
 * (https://spec.matrix.org/v1.19/application-service-api/#registration): those with users in it, and those to which its id or one of its aliases
 * belongs, where a hosted server that they serve is resident. Memberships are those of the log as far as it was read; a room costs one
 * look into the memory until they change.
 */
export class InterestedRooms {
  readonly #ports: InterestedRoomsPorts;
  readonly #rooms = new LRUCache<string, KnownRoom>({ max: MOST_ROOMS });

  constructor(ports: InterestedRoomsPorts) {
    this.#ports = ports;
  }

  /** Reads what is not known of some rooms of a shard. The caller has stored what it knows of their members. */
  async load(shard: number, rooms: readonly RoomKey[]): Promise<void> {
    const missing = new Map<number, RoomKey>();
    for (const room of rooms) if (!this.#isFresh(room)) missing.set(room.roomNid, room);
    if (missing.size === 0) return;
    const asked = [...missing.values()];
    const found = await this.#ports.members.findRooms(
      shard,
      asked.map(({ roomNid }) => roomNid),
    );
    const members = new Map(found.map(({ roomNid, appserviceIds }) => [roomNid, appserviceIds]));
    const named = await this.#findNamed(asked);
    const appservices = this.#ports.appservices.all();
    const readAt = this.#ports.clock.now();
    for (const room of asked) {
      const known = new Set(members.get(room.roomNid));
      this.#rooms.set(keyOf(room), { members: known, named: named.get(room.roomId) ?? NONE, readAt, appservices });
    }
  }

  /** Ids of those that are interested. Nothing where the room is not loaded. */
  interestedIn(room: RoomKey): ReadonlySet<string> | undefined {
    const known = this.#find(room);
    if (known === undefined) return undefined;
    return known.named.size === 0 ? known.members : new Set([...known.members, ...known.named]);
  }

  /** Ids of those with users in the room. Nobody where the room is not loaded. */
  withUsersIn(room: RoomKey): ReadonlySet<string> {
    return this.#find(room)?.members ?? NONE;
  }

  /** A user of an application service has come into the room. */
  joined(room: RoomKey, appserviceId: string): void {
    this.#find(room)?.members.add(appserviceId);
  }

  /** Who is left is to be read anew, from what is stored then. */
  forget(room: Pick<RoomKey, 'shard' | 'roomNid'>): void {
    this.#rooms.delete(keyOf(room));
  }

  clear(): void {
    this.#rooms.clear();
  }

  /** Nothing that was found for other registrations counts. */
  #find(room: Pick<RoomKey, 'shard' | 'roomNid'>): KnownRoom | undefined {
    const known = this.#rooms.get(keyOf(room));
    return known?.appservices === this.#ports.appservices.all() ? known : undefined;
  }

  #isFresh(room: RoomKey): boolean {
    const known = this.#find(room);
    return known !== undefined && known.readAt + GOOD_FOR_MS > this.#ports.clock.now();
  }

  async #findNamed(rooms: readonly RoomKey[]): Promise<Map<string, Set<string>>> {
    const { appservices, aliases } = this.#ports;
    const all = appservices.all();
    const named = new Map<string, Set<string>>();
    const add = (roomId: string, { id }: Appservice): void => {
      named.set(roomId, (named.get(roomId) ?? new Set()).add(id));
    };
    const byAlias = all.filter(({ settings }) => settings.namespaces.aliases.length > 0);
    if (byAlias.length > 0) {
      const found = await aliases.listLocalAliases(rooms.map(({ roomId }) => roomId));
      for (const one of byAlias) {
        const own = rooms.filter(({ roomId }) => found.get(roomId)?.some((alias) => one.coversAlias(alias)) === true);
        for (const roomId of await this.#whereServed(one, own)) add(roomId, one);
      }
    }
    for (const one of all.filter(({ settings }) => settings.namespaces.rooms.length > 0)) {
      const own = rooms.filter(({ roomId }) => one.coversRoom(roomId));
      for (const roomId of await this.#whereServed(one, own)) add(roomId, one);
    }
    return named;
  }

  /** Rooms in which a hosted server is resident that the application service serves. */
  async #whereServed(appservice: Appservice, rooms: readonly RoomKey[]): Promise<string[]> {
    const { rooms: reader, hostedServers } = this.#ports;
    if (appservice.servers === 'all' || rooms.length === 0) return rooms.map(({ roomId }) => roomId);
    const served = new Set<string>();
    for (const serverName of appservice.firstServed(hostedServers(), Infinity)) {
      const isResident = await reader.findResidency(serverName, rooms);
      for (const [index, { roomId }] of rooms.entries()) if (isResident[index] === true) served.add(roomId);
    }
    return [...served];
  }
}

const NONE: ReadonlySet<string> = new Set();

function keyOf({ shard, roomNid }: Pick<RoomKey, 'shard' | 'roomNid'>): string {
  return `${shard}/${roomNid}`;
}
