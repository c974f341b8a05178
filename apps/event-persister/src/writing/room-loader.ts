import { setImmediate } from 'node:timers/promises';
import { decodeStateNode, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { EventsOrRedactions, HostedServers, RoomOwnerReader, UserRoomReader } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { toKnownEvent } from '../rooms/known-event.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { Loaded, Missing } from '../rooms/loaded.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import { headFromRecord, NOBODY_BLOCKED, NOBODY_ERASED } from '../rooms/room-head.ts';
import type { RoomMemory } from '../rooms/room-memory.ts';

export interface RoomLoaderPorts {
  readonly rooms: RoomOwnerReader;
  readonly userRooms: UserRoomReader;
  readonly servers: HostedServers;
}

/** The room in which to load. */
export type LoadedRoom = Pick<RoomHead, 'shard' | 'roomNid' | 'roomId' | 'rules'>;

/** Something that may bring an event, and what is loaded for it. */
export interface EventBringer {
  readonly eventId?: string | undefined;
  readonly eventIds?: readonly string[] | undefined;
  readonly loaded: Loaded;
}

export interface RoomToLoad {
  readonly roomId: string;
  /** Where it is stored, or will be. */
  readonly room: LoadedRoom | undefined;
}

const RESIDENT_SERVERS_PAGE = 500;
/** So many events, or nodes of states, are loaded at once. */
const LOADED_AT_ONCE = 500;
/** So many events that cite one are loaded at once. */
const CITING_EVENTS = 200;

/** Loads what attempts found missing. */
export class RoomLoader {
  readonly #ports: RoomLoaderPorts;
  readonly #memory: RoomMemory;

  constructor(ports: RoomLoaderPorts, memory: RoomMemory) {
    this.#ports = ports;
    this.#memory = memory;
  }

  /** The head of a room as it is committed, or nothing where it is not stored. */
  async loadHead(roomId: string): Promise<RoomHead | undefined> {
    const [record, blocks, erased] = await Promise.all([
      this.#ports.rooms.findRoom(roomId),
      this.#ports.rooms.findBlocks(roomId),
      this.#ports.rooms.findErasedSenders(roomId),
    ]);
    if (record === undefined) return undefined;
    const rules = rulesOf(record.roomVersion);
    const events = await this.#ports.rooms.findEvents(record.shard, record.forwardExtremities);
    const extremities = record.forwardExtremities.map((eventNid) => {
      const stored = events.get(eventNid);
      if (stored === undefined) throw new StorageError(`extremity ${eventNid} of ${roomId} is not stored`);
      return toKnownEvent(stored, rules);
    });
    const blockedFor = blocks.length === 0 ? NOBODY_BLOCKED : new Set(blocks.map(({ serverName }) => serverName));
    const erasedSenders = erased.size === 0 ? NOBODY_ERASED : erased;
    return headFromRecord(record, rules, { extremities, blockedFor, erasedSenders });
  }

  /** Loads what is missing, side by side. Events and nodes go into memory too. `room` is nothing where it is not stored. */
  async load({ roomId, room }: RoomToLoad, missing: Missing, loaded: Loaded): Promise<void> {
    const inRoom = room === undefined ? [] : this.#loadInRoom(room, missing, loaded);
    await Promise.all([...inRoom, ...this.#loadElsewhere(roomId, missing, loaded)]);
  }

  /**
   * Finds out at once which of the events that some items bring are stored already.
   *
   * @NOTE What one of them stores is in memory, or in the unit of work, before the next one asks: that goes before what was loaded. Who uses it sees to
   * it that memory has not forgotten anything since; what was cleared meanwhile stays so.
   */
  async loadAhead(room: LoadedRoom, items: readonly EventBringer[]): Promise<void> {
    const { mark } = this.#memory;
    const unknown = items.map((item) => ({ ...unknownTo(item), clearings: item.loaded.clearings }));
    const all = [...new Set(unknown.flatMap(({ eventIds }) => eventIds))];
    await inPieces(all, async (piece) => {
      const found = await this.#ports.rooms.findEventsOrRedactions(room.shard, room.roomNid, piece);
      const asked = new Set(piece);
      for (const { loaded, eventIds, clearings } of unknown) {
        if (loaded.clearings !== clearings) continue;
        for (const eventId of eventIds) if (asked.has(eventId)) keepFound(loaded, eventId, found, room.rules);
        loaded.aheadSince = Math.min(loaded.aheadSince ?? mark, mark);
      }
    });
  }

  #loadInRoom(head: LoadedRoom, missing: Missing, loaded: Loaded): Promise<void>[] {
    return [
      this.#loadNodes(head, [...missing.nodes], loaded),
      this.#loadEvents(head, [...missing.events], loaded),
      this.#loadEventsById(head, [...missing.eventIds], loaded),
      this.#countJoined(head, [...missing.servers], loaded),
      ...(missing.needsHostedResident ? [this.#findHostedResident(head, loaded)] : []),
      this.#loadCiting(head, [...missing.citedBy], loaded),
      ...[...missing.annotations].map(async ([key, annotation]) => {
        const { shard, roomNid } = head;
        loaded.annotations.set(key, await this.#ports.rooms.hasAnnotation({ shard, roomNid, ...annotation }));
      }),
      this.#loadReceipts(head, missing.receipts, loaded),
    ];
  }

  async #loadNodes(head: LoadedRoom, nodeNids: readonly number[], loaded: Loaded): Promise<void> {
    await inPieces(nodeNids, async (piece) => {
      const found = await this.#ports.rooms.findStateNodes(head.shard, head.roomNid, piece);
      for (const nodeNid of piece) {
        const body = found.get(nodeNid);
        if (body === undefined) throw new StorageError(`state node ${nodeNid} of ${head.roomId} is not stored`);
        const node = decodeStateNode(body);
        loaded.nodes.set(nodeNid, node);
        this.#memory.keepNode(head.shard, nodeNid, node);
      }
    });
  }

  async #loadEvents(head: LoadedRoom, eventNids: readonly number[], loaded: Loaded): Promise<void> {
    await inPieces(eventNids, async (piece) => {
      const found = await this.#ports.rooms.findEvents(head.shard, piece);
      for (const eventNid of piece) {
        const stored = found.get(eventNid);
        if (stored === undefined) throw new StorageError(`event ${eventNid} of ${head.roomId} is not stored`);
        const known = toKnownEvent(stored, head.rules);
        loaded.events.set(eventNid, known);
        this.#memory.keepEvent(head.shard, known);
      }
    });
  }

  async #loadEventsById(head: LoadedRoom, eventIds: readonly string[], loaded: Loaded): Promise<void> {
    await inPieces(eventIds, async (piece) => {
      const found = await this.#ports.rooms.findEventsOrRedactions(head.shard, head.roomNid, piece);
      for (const eventId of piece) {
        const known = keepFound(loaded, eventId, found, head.rules);
        if (known !== null) this.#memory.keepEvent(head.shard, known);
      }
    });
  }

  async #countJoined(head: LoadedRoom, serverNames: readonly string[], loaded: Loaded): Promise<void> {
    if (serverNames.length === 0) return;
    const counts = await this.#ports.rooms.countJoined(head.shard, head.roomNid, serverNames);
    for (const serverName of serverNames) loaded.joinedCounts.set(serverName, counts.get(serverName) ?? 0);
  }

  async #findHostedResident(head: LoadedRoom, loaded: Loaded): Promise<void> {
    for (let after = ''; ;) {
      const page = { after, limit: RESIDENT_SERVERS_PAGE };
      const names = await this.#ports.rooms.listResidentServers(head.shard, head.roomNid, page);
      loaded.hasHostedResident = names.some((name) => this.#ports.servers.isHosted(name));
      if (loaded.hasHostedResident || names.length < RESIDENT_SERVERS_PAGE) return;
      after = names.at(-1) ?? after;
    }
  }

  /** The next page of the events that cite each of some. */
  async #loadCiting(head: LoadedRoom, eventNids: readonly number[], loaded: Loaded): Promise<void> {
    if (eventNids.length === 0) return;
    const pages = eventNids.map((eventNid) => {
      return { eventNid, before: loaded.citedBy.get(eventNid)?.events.at(-1)?.eventNid };
    });
    const found = await this.#ports.rooms.listCitingEvents(head.shard, pages, CITING_EVENTS);
    for (const eventNid of eventNids) {
      const next = found.get(eventNid) ?? [];
      const events = [...(loaded.citedBy.get(eventNid)?.events ?? []), ...next];
      loaded.citedBy.set(eventNid, { events, isComplete: next.length < CITING_EVENTS });
    }
  }

  async #loadReceipts(head: LoadedRoom, keys: Missing['receipts'], loaded: Loaded): Promise<void> {
    if (keys.size === 0) return;
    const positions = await this.#ports.rooms.findReceiptPositions(head.shard, head.roomNid, [...keys.values()]);
    for (const [index, key] of [...keys.keys()].entries()) loaded.receipts.set(key, positions[index]);
  }

  #loadElsewhere(ofRoom: string, missing: Missing, loaded: Loaded): Promise<void>[] {
    return [
      ...[...missing.userRooms].map(async (userId) => {
        loaded.userRooms.set(userId, await this.#ports.userRooms.findUserRoom(userId, ofRoom));
      }),
      ...[...missing.memberships].map(async ([key, { userId, roomId }]) => {
        const userRoom = await this.#ports.userRooms.findUserRoom(userId, roomId);
        loaded.memberships.set(key, userRoom?.membership);
      }),
      ...[...missing.residencies].map(async ([key, { serverName, roomId }]) => {
        loaded.residencies.set(key, await this.#isResident(serverName, roomId));
      }),
      ...[...missing.deadLetters].map(async ({ shard, deadLetterNid }) => {
        loaded.deadLetters.set(deadLetterNid, await this.#ports.rooms.findDeadLetterRecord(shard, deadLetterNid));
      }),
      ...[...missing.tasks].map(async ([key, task]) => {
        loaded.results.set(key, await task());
      }),
    ];
  }

  async #isResident(serverName: string, roomId: string): Promise<boolean> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return false;
    const counts = await this.#ports.rooms.countJoined(room.shard, room.roomNid, [serverName]);
    return (counts.get(serverName) ?? 0) > 0;
  }
}

function unknownTo({ eventId, eventIds = [], loaded }: EventBringer): { loaded: Loaded; eventIds: string[] } {
  const brought = eventId === undefined ? eventIds : [eventId, ...eventIds];
  return { loaded, eventIds: brought.filter((id) => !loaded.eventsById.has(id)) };
}

/** The event, or null and what redacts it. */
function keepFound(
  loaded: Loaded,
  eventId: string,
  { events, redactions, followed }: EventsOrRedactions,
  rules: RoomVersionRules,
): KnownEvent | null {
  const stored = events.get(eventId);
  const known = stored === undefined ? null : toKnownEvent(stored, rules);
  const redactedBy = redactions.get(eventId);
  loaded.eventsById.set(eventId, known);
  if (redactedBy !== undefined) loaded.redactions.set(eventId, redactedBy);
  if (followed.has(eventId)) loaded.followed.add(eventId);
  return known;
}

/** Goes through any number of ids without holding the process up: parsing what is found takes some 20 µs each. */
async function inPieces<T>(ids: readonly T[], load: (piece: readonly T[]) => Promise<void>): Promise<void> {
  for (let first = 0; first < ids.length; first += LOADED_AT_ONCE) {
    if (first > 0) await setImmediate();
    await load(ids.slice(first, first + LOADED_AT_ONCE));
  }
}

export function rulesOf(roomVersion: string): RoomVersionRules {
  const rules = findRoomVersion(roomVersion);
  if (rules === undefined) throw new StorageError(`stored room version ${roomVersion} is unknown to this release`);
  return rules;
}
