import { Turns } from '@plexus/matrix-base';
import { EMPTY_ROOT, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { ImportRoom, RoomCommand, StoreHistory } from '@plexus/rpc';
import type { RoomOwnerReader } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { Settled } from '../writing/room-item.ts';
import { OneImport } from './one-import.ts';
import type { OneImportPorts } from './one-import.ts';
import { beginImport } from './begin-import.ts';
import { ImportItem } from './import-item.ts';

export interface RoomImporterPorts extends OneImportPorts {
  readonly rooms: OneImportPorts['rooms'] & Pick<RoomOwnerReader, 'findImport' | 'isBeingRemoved'>;
}

export type ImportRequest =
  | { readonly $case: 'importRoom'; readonly value: ImportRoom }
  | { readonly $case: 'storeHistory'; readonly value: StoreHistory };

/**
 * Takes what another server's answer brought of a room, piece by piece through the room's queue, so that nothing else waits for it:
 *
 *     number ──► what is cited, without a place ──► state, as a trie ──► join event, and with it the room
 *                                                                  └──► timeline of a room that is here
 *
 * Each piece is stored for itself; a crash between two leaves what is found by its id when the command comes again.
 */
export class RoomImporter {
  readonly #ports: RoomImporterPorts;
  readonly #turns = new Turns<string>();
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
  async execute(room: Pick<RoomCommand, 'shard' | 'roomId'>, request: ImportRequest): Promise<Settled> {
    try {
      return await this.#turns.take(room.roomId, () => this.#execute(room, request));
    } catch (error) {
      if (error instanceof StorageError) return { outcome: 'failed', because: error.message };
      throw error;
    }
  }

  async #execute({ shard, roomId }: Pick<RoomCommand, 'shard' | 'roomId'>, request: ImportRequest): Promise<Settled> {
    const rules = findRoomVersion(request.value.roomVersion);
    if (rules === undefined) {
      return refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', 'The room has a version that is unknown here');
    }
    if (await this.#ports.rooms.isBeingRemoved(roomId)) {
      return { outcome: 'failed', because: 'what is left of the room is being cleared away' };
    }
    const begun = await this.#begin({ shard, roomId }, rules, request);
    if ('outcome' in begun) return begun;
    const { place, base } = begun;
    const { importId } = request.value;
    const one = new OneImport(this.#ports, { place, base }, importId);
    if (request.$case === 'storeHistory') return one.storeHistory(request.value);
    try {
      return await one.importRoom(request.value, (joinEventId) => this.#arriving.set(roomId, joinEventId));
    } finally {
      this.#arriving.delete(roomId);
    }
  }

  /** Where the room is stored, or will be, and what state it has. */
  async #begin(
    { shard, roomId }: Pick<RoomCommand, 'shard' | 'roomId'>,
    rules: RoomVersionRules,
    { $case }: ImportRequest,
  ): Promise<{ readonly place: LoadedRoom; readonly base: number } | Settled> {
    const { rooms, clock } = this.#ports;
    const stored = await rooms.findRoom(roomId);
    if (stored === undefined && $case === 'storeHistory') {
      return refuse('M_NOT_FOUND', 404, 'room.unknown', 'Unknown room');
    }
    if (stored !== undefined && stored.roomVersion !== rules.version) {
      return refuse('M_INCOMPATIBLE_ROOM_VERSION', 400, 'room.version', 'The room has another version here');
    }
    const begun = await rooms.findImport(roomId);
    const item = new ImportItem({ shard, roomId, place: undefined, bytes: 0, now: clock.now() }, (edit) =>
      beginImport(edit, begun),
    );
    this.#ports.enqueue(item);
    const { settled, value: roomNid } = await item.done;
    if (settled.outcome !== 'stored' || roomNid === undefined) return settled;
    return { place: { shard, roomId, roomNid, rules }, base: stored?.currentRoot ?? EMPTY_ROOT };
  }
}
