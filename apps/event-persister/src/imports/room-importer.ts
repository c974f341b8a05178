import { Turns } from '@plexus/matrix-base';
import { EMPTY_ROOT, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { ImportRoom, RoomCommand, StoreHistory, TakeStatePiece } from '@plexus/rpc';
import type { RoomImport, RoomOwnerReader, RoomRecord } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { Settled } from '../writing/room-item.ts';
import { beginImport } from './begin-import.ts';
import { bytesOf, CitedEvents } from './cited-events.ts';
import { importAtOnce } from './import-at-once.ts';
import { ImportItem, runPieces } from './import-item.ts';
import { ImportedState } from './imported-state.ts';
import { OneImport } from './one-import.ts';
import type { OneImportPorts } from './one-import.ts';
import { StateInPieces, toCitedPdu } from './state-in-pieces.ts';
import { StatesInPieces } from './states-in-pieces.ts';

export interface RoomImporterPorts extends OneImportPorts {
  readonly rooms: OneImportPorts['rooms'] & Pick<RoomOwnerReader, 'findRoom' | 'findImport' | 'isBeingRemoved'>;
  /** Raised whenever what is remembered of the shard's rooms ceases to be true. */
  versionOf(shard: number): number;
}

export type ImportRequest =
  | { readonly $case: 'importRoom'; readonly value: ImportRoom }
  | { readonly $case: 'storeHistory'; readonly value: StoreHistory };

type Room = Pick<RoomCommand, 'shard' | 'roomId'>;

/**
 * Takes what another server's answer brought of a room, piece by piece through the room's queue, so that nothing else waits for it:
 *
 *     number ──► what is cited, without a place ──► state, as a trie ──► join event, and with it the room
 *                                                                  └──► timeline of a room that is here
 *
 * Each piece is stored for itself; a crash between two leaves what is found by its id when the command comes again. What is cited, and makes the state,
 * is staged, or comes in pieces before. A small state comes with the command; where nothing of the room is here, all of that is one piece.
 */
export class RoomImporter {
  readonly #ports: RoomImporterPorts;
  readonly #turns = new Turns<string>();
  readonly #states = new StatesInPieces();
  readonly #arriving = new Map<string, string>();

  constructor(ports: RoomImporterPorts) {
    this.#ports = ports;
  }

  /** The join event of a room that is on its way here. */
  findArrival(roomId: string): string | undefined {
    return this.#arriving.get(roomId);
  }

  /** Whether an import of the room is under way, or waits for another one. */
  isUnderWay(roomId: string): boolean {
    return this.#turns.has(roomId);
  }

  /** One at a time of each room. */
  execute(room: Room, request: ImportRequest): Promise<Settled> {
    return unlessStorageFails(() => this.#turns.take(room.roomId, () => this.#execute(room, request)));
  }

  /** Stores a piece of a state, and remembers what it makes of it. Several pieces may be under way. */
  takePiece(room: Room, piece: TakeStatePiece): Promise<Settled> {
    return unlessStorageFails(() => this.#takePiece(room, piece));
  }

  async #takePiece({ shard, roomId }: Room, piece: TakeStatePiece): Promise<Settled> {
    const { importId, eventsBefore } = piece;
    const place = { importId, roomId, version: this.#ports.versionOf(shard) };
    const pieces = eventsBefore === 0 ? await this.#openPieces({ shard, roomId }, piece) : this.#states.find(place);
    if (pieces === undefined) return FORGOTTEN;
    if ('outcome' in pieces) return pieces;
    this.#states.remember(place, pieces);
    const failed = await pieces.take(piece);
    if (failed !== undefined) return failed;
    this.#states.remember(place, pieces);
    return { outcome: 'stored', eventIds: [], position: 0 };
  }

  /** For the first piece: the room is to be here. */
  async #openPieces(room: Room, { roomVersion }: TakeStatePiece): Promise<StateInPieces | Settled> {
    const found = await this.#find(room, roomVersion);
    if ('outcome' in found) return found;
    const { rules, stored } = found;
    return stored === undefined ? UNKNOWN_ROOM : this.#newPieces({ ...room, roomNid: stored.roomNid, rules });
  }

  #newPieces(place: LoadedRoom): StateInPieces {
    const state = new ImportedState((serverName) => this.#ports.servers.isHosted(serverName));
    return new StateInPieces(place, new CitedEvents(place, runPieces(this.#ports, place), state));
  }

  /** What is here of a room, if it may come here. */
  async #find({ shard, roomId }: Room, roomVersion: string): Promise<FoundRoom | Settled> {
    const rules = findRoomVersion(roomVersion);
    if (rules === undefined) {
      return refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', 'The room has a version that is unknown here');
    }
    const { rooms, versionOf } = this.#ports;
    const asOf = versionOf(shard);
    const [isBeingRemoved, stored, begun] = await Promise.all([
      rooms.isBeingRemoved(roomId),
      rooms.findRoom(roomId),
      rooms.findImport(roomId),
    ]);
    if (isBeingRemoved) return { outcome: 'failed', because: 'what is left of the room is being cleared away' };
    if (stored !== undefined && stored.roomVersion !== rules.version) return OTHER_VERSION;
    return { rules, stored, begun, asOf };
  }

  async #execute(room: Room, request: ImportRequest): Promise<Settled> {
    const found = await this.#find(room, request.value.roomVersion);
    if ('outcome' in found) return found;
    if (request.$case === 'storeHistory') {
      if (found.stored === undefined) return UNKNOWN_ROOM;
      const begun = await this.#begin(room, found, request.value);
      return 'outcome' in begun ? begun : begun.one.storeHistory(request.value);
    }
    try {
      const settled =
        (await this.#importAtOnce(room, found, request.value)) ??
        (await this.#importInPieces(room, found, request.value));
      if (settled.outcome === 'stored') this.#states.forget(request.value.importId);
      return settled;
    } finally {
      this.#arriving.delete(room.roomId);
    }
  }

  /** Nothing where something of the room is here, or its state did not come with the command. */
  async #importAtOnce(
    { shard, roomId }: Room,
    { rules, stored, begun, asOf }: FoundRoom,
    { joinEvent, events, partial, serversInRoom }: ImportRoom,
  ): Promise<Settled | undefined> {
    if (stored !== undefined || begun !== undefined) return undefined;
    if (joinEvent === undefined || events.length === 0) return undefined;
    const { clock, resolver, versionOf } = this.#ports;
    if (versionOf(shard) !== asOf) return undefined;
    const join = toCitedPdu(joinEvent, rules, 0);
    const cited = events.map((event, ordinal) => toCitedPdu(event, rules, ordinal));
    this.#arriving.set(roomId, join.event.eventId);
    const atOnce = { rules, join, cited, resolver, serversInRoom: partial ? serversInRoom : undefined };
    const place = { shard, roomId, place: undefined, bytes: bytesOf([join, ...cited]), now: clock.now() };
    const item = new ImportItem(place, (edit) => importAtOnce(edit, atOnce));
    item.loaded.isRoomAbsent = true;
    this.#ports.enqueue(item);
    const { settled, value } = await item.done;
    return settled.outcome === 'stored' && value === undefined ? undefined : settled;
  }

  async #importInPieces(room: Room, found: FoundRoom, request: ImportRoom): Promise<Settled> {
    const begun = await this.#begin(room, found, request);
    if ('outcome' in begun) return begun;
    const pieces = await this.#findPieces(begun.place, request);
    if (pieces !== undefined && 'outcome' in pieces) return pieces;
    return begun.one.importRoom(request, (eventId) => this.#arriving.set(room.roomId, eventId), pieces);
  }

  /** The state that came in pieces, or comes with the command, if either is so. */
  async #findPieces(
    place: LoadedRoom,
    { importId, events, eventsInPieces }: ImportRoom,
  ): Promise<StateInPieces | Settled | undefined> {
    if (eventsInPieces === undefined) return undefined;
    const { shard, roomId, roomNid } = place;
    if (events.length > 0) {
      const pieces = this.#newPieces(place);
      return (await pieces.take({ eventsBefore: 0, events })) ?? pieces;
    }
    const pieces = this.#states.find({ importId, roomId, version: this.#ports.versionOf(shard) });
    const isWhole = pieces?.place.roomNid === roomNid && pieces.eventCount === eventsInPieces;
    return isWhole ? pieces : FORGOTTEN;
  }

  /** Gives the room the number under which it is stored, or will be. */
  async #begin(
    { shard, roomId }: Room,
    { rules, stored, begun }: FoundRoom,
    { importId }: { readonly importId: string },
  ): Promise<BegunImport | Settled> {
    const { clock } = this.#ports;
    const item = new ImportItem({ shard, roomId, place: undefined, bytes: 0, now: clock.now() }, (edit) =>
      beginImport(edit, begun),
    );
    this.#ports.enqueue(item);
    const { settled, value: roomNid } = await item.done;
    if (settled.outcome !== 'stored' || roomNid === undefined) return settled;
    const place = { shard, roomId, roomNid, rules };
    const imported = { place, base: stored?.currentRoot ?? EMPTY_ROOT, partialJoin: stored?.partialJoin };
    return { place, one: new OneImport(this.#ports, imported, importId) };
  }
}

/** What is here of a room that is to come. */
interface FoundRoom {
  readonly rules: RoomVersionRules;
  readonly stored: RoomRecord | undefined;
  readonly begun: RoomImport | undefined;
  /** The shard's version when this was read. */
  readonly asOf: number;
}

interface BegunImport {
  readonly place: LoadedRoom;
  readonly one: OneImport;
}

async function unlessStorageFails(work: () => Promise<Settled>): Promise<Settled> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError) return { outcome: 'failed', because: error.message };
    throw error;
  }
}

const UNKNOWN_ROOM = refuse('M_NOT_FOUND', 404, 'room.unknown', 'Unknown room');
const OTHER_VERSION = refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', 'The room has another version here');
const FORGOTTEN = refuse(
  'M_UNKNOWN',
  503,
  'import.forgotten',
  'The pieces of the state that came before are not remembered',
);
