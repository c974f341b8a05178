import { Turns } from '@plexus/matrix-base';
import { EMPTY_ROOT, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { ImportRoom, RoomCommand, StoreHistory, TakeStatePiece } from '@plexus/rpc';
import type { RoomOwnerReader } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { Settled } from '../writing/room-item.ts';
import { OneImport } from './one-import.ts';
import type { ImportedRoom, OneImportPorts } from './one-import.ts';
import { beginImport } from './begin-import.ts';
import { CitedEvents } from './cited-events.ts';
import { ImportItem, runPieces } from './import-item.ts';
import { ImportedState } from './imported-state.ts';
import { StateInPieces } from './state-in-pieces.ts';
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
 * is staged, or comes in pieces before.
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
  async #openPieces({ shard, roomId }: Room, { roomVersion }: TakeStatePiece): Promise<StateInPieces | Settled> {
    const rules = await this.#findRules(roomId, roomVersion);
    if ('outcome' in rules) return rules;
    const stored = await this.#ports.rooms.findRoom(roomId);
    if (stored === undefined) return UNKNOWN_ROOM;
    if (stored.roomVersion !== rules.version) return OTHER_VERSION;
    const place = { shard, roomId, roomNid: stored.roomNid, rules };
    const state = new ImportedState((serverName) => this.#ports.servers.isHosted(serverName));
    return new StateInPieces(place, new CitedEvents(place, runPieces(this.#ports, place), state));
  }

  async #findRules(roomId: string, roomVersion: string): Promise<RoomVersionRules | Settled> {
    const rules = findRoomVersion(roomVersion);
    if (rules === undefined) {
      return refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', 'The room has a version that is unknown here');
    }
    if (await this.#ports.rooms.isBeingRemoved(roomId)) {
      return { outcome: 'failed', because: 'what is left of the room is being cleared away' };
    }
    return rules;
  }

  async #execute({ shard, roomId }: Room, request: ImportRequest): Promise<Settled> {
    const rules = await this.#findRules(roomId, request.value.roomVersion);
    if ('outcome' in rules) return rules;
    const begun = await this.#begin({ shard, roomId }, rules, request);
    if ('outcome' in begun) return begun;
    const { place } = begun;
    const { importId } = request.value;
    const one = new OneImport(this.#ports, begun, importId);
    if (request.$case === 'storeHistory') return one.storeHistory(request.value);
    const pieces = this.#findPieces(place, request.value);
    if (pieces !== undefined && 'outcome' in pieces) return pieces;
    try {
      const settled = await one.importRoom(request.value, (eventId) => this.#arriving.set(roomId, eventId), pieces);
      if (settled.outcome === 'stored') this.#states.forget(importId);
      return settled;
    } finally {
      this.#arriving.delete(roomId);
    }
  }

  /** The state that came in pieces, if it did. */
  #findPieces(
    { shard, roomId, roomNid }: LoadedRoom,
    { importId, eventsInPieces }: ImportRoom,
  ): StateInPieces | Settled | undefined {
    if (eventsInPieces === undefined) return undefined;
    const pieces = this.#states.find({ importId, roomId, version: this.#ports.versionOf(shard) });
    const isWhole = pieces?.place.roomNid === roomNid && pieces.eventCount === eventsInPieces;
    return isWhole ? pieces : FORGOTTEN;
  }

  /** Where the room is stored, or will be, and what state it has. */
  async #begin(
    { shard, roomId }: Room,
    rules: RoomVersionRules,
    { $case }: ImportRequest,
  ): Promise<ImportedRoom | Settled> {
    const { rooms, clock } = this.#ports;
    const [stored, begun] = await Promise.all([rooms.findRoom(roomId), rooms.findImport(roomId)]);
    if (stored === undefined && $case === 'storeHistory') return UNKNOWN_ROOM;
    if (stored !== undefined && stored.roomVersion !== rules.version) return OTHER_VERSION;
    const item = new ImportItem({ shard, roomId, place: undefined, bytes: 0, now: clock.now() }, (edit) =>
      beginImport(edit, begun),
    );
    this.#ports.enqueue(item);
    const { settled, value: roomNid } = await item.done;
    if (settled.outcome !== 'stored' || roomNid === undefined) return settled;
    const place = { shard, roomId, roomNid, rules };
    return { place, base: stored?.currentRoot ?? EMPTY_ROOT, partialJoin: stored?.partialJoin };
  }
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
