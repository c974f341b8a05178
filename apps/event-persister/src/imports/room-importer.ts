import { EMPTY_ROOT, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { Clock } from '@plexus/matrix-base';
import type { ImportRoom, RoomCommand, StoreHistory } from '@plexus/rpc';
import type { HostedServers, RoomOwnerReader, StagedEventReader, StagedPart, StagedRow } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { RoomItem, Settled } from '../writing/room-item.ts';
import { admitRoom } from './admit-room.ts';
import { beginImport } from './begin-import.ts';
import { CompleteState } from './complete-state.ts';
import type { CompletedState } from './completed-state.ts';
import type { PieceAttempt, PieceDone, RunPiece } from './import-item.ts';
import { ImportItem } from './import-item.ts';
import { ImportedState } from './imported-state.ts';
import { bytesOf, toStagedPdu } from './staged-piece.ts';
import { storeCited } from './store-cited.ts';
import { StoreTimeline } from './store-timeline.ts';
import { storeStatePiece } from './store-state-piece.ts';

export interface RoomImporterPorts {
  readonly staged: StagedEventReader;
  readonly rooms: Pick<
    RoomOwnerReader,
    | 'findImport'
    | 'findRoom'
    | 'isBeingRemoved'
    | 'findExtremityPlaces'
    | 'findEvents'
    | 'findEventsById'
    | 'listPlacedSince'
  >;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly resolver: StateResolver;
  readonly clock: Clock;
  enqueue(item: RoomItem): void;
  /** Whether the shard is owned, and is to be owned on. */
  isOurs(shard: number): boolean;
}

export type ImportRequest =
  | { readonly $case: 'importRoom'; readonly value: ImportRoom }
  | { readonly $case: 'storeHistory'; readonly value: StoreHistory };

/** Events and entries in one piece: some milliseconds of work each. */
const EVENTS_AT_ONCE = 200;
const ENTRIES_AT_ONCE = 1_000;
/** The caller orders events by depth, which a server may claim as it likes: so often those that came before what they cite are tried again. */
const MAX_ROUNDS = 16;
const MAX_TIMELINE = 1_000;

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
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #arriving = new Map<string, string>();

  constructor(ports: RoomImporterPorts) {
    this.#ports = ports;
  }

  /** The join event of a room that is on its way here. */
  findArrival(roomId: string): string | undefined {
    return this.#arriving.get(roomId);
  }

  /** One at a time of each room. */
  async execute(room: Pick<RoomCommand, 'shard' | 'roomId'>, request: ImportRequest): Promise<Settled> {
    const before = this.#last.get(room.roomId) ?? Promise.resolve();
    const done = before.then(() => this.#execute(room, request));
    const ended = done.catch(() => undefined);
    this.#last.set(room.roomId, ended);
    try {
      return await done;
    } catch (error) {
      if (error instanceof StorageError) return { outcome: 'failed', because: error.message };
      throw error;
    } finally {
      if (this.#last.get(room.roomId) === ended) this.#last.delete(room.roomId);
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
    const { importId } = request.value;
    const one = new OneImport(this.#ports, begun, importId);
    if (request.$case === 'storeHistory') return one.storeHistory(request.value);
    try {
      return await one.importRoom(request.value, (joinEventId) => this.#arriving.set(roomId, joinEventId));
    } finally {
      this.#arriving.delete(roomId);
    }
  }

  /** Where the room is stored, or will be. */
  async #begin(
    { shard, roomId }: Pick<RoomCommand, 'shard' | 'roomId'>,
    rules: RoomVersionRules,
    { $case }: ImportRequest,
  ): Promise<LoadedRoom | Settled> {
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
    return settled.outcome === 'stored' && roomNid !== undefined ? { shard, roomId, roomNid, rules } : settled;
  }
}

interface BuiltState {
  readonly root: number;
  readonly state: ImportedState;
}

/** One import of one room. What ends it early is how it settles. */
class OneImport {
  readonly #ports: RoomImporterPorts;
  readonly #place: LoadedRoom;
  readonly #importId: string;

  constructor(ports: RoomImporterPorts, place: LoadedRoom, importId: string) {
    this.#ports = ports;
    this.#place = place;
    this.#importId = importId;
  }

  /** `arriving` is told of the join event. */
  async importRoom({ partial, serversInRoom }: ImportRoom, arriving: (joinEventId: string) => void): Promise<Settled> {
    const [join, ...others] = await this.#readTimeline();
    if (join === undefined || others.length > 0) return refuseStaged('One join event has to be staged');
    arriving(join.eventId);
    const built = await this.#storeState();
    if ('outcome' in built) return built;
    const { counts, hostedMembers } = built.state;
    const state = { place: this.#place, root: built.root, counts, hostedMembers };
    const joinNid = partial ? undefined : await this.#findPartialJoin(join.eventId);
    if (joinNid !== undefined) return this.#completeState({ ...state, joinNid }, join.eventId);
    const { resolver } = this.#ports;
    const admission = { ...state, resolver, serversInRoom: partial ? serversInRoom : undefined };
    const pdu = toStagedPdu(join, this.#place.rules);
    return (await this.#run(join.json.length, (edit) => admitRoom(edit, { ...admission, join: pdu }))).settled;
  }

  /** The number of a join event, if the room was joined by it and lacks members since. */
  async #findPartialJoin(joinEventId: string): Promise<number | undefined> {
    const { shard, roomId, roomNid } = this.#place;
    const partialJoin = (await this.#ports.rooms.findRoom(roomId))?.partialJoin;
    if (partialJoin === undefined) return undefined;
    const found = await this.#ports.rooms.findEventsById(shard, roomNid, [joinEventId]);
    return found.get(joinEventId)?.eventNid === partialJoin ? partialJoin : undefined;
  }

  async #completeState(completed: CompletedState, joinEventId: string): Promise<Settled> {
    const run: RunPiece = (bytes, work) => this.#run(bytes, work);
    const settled = await CompleteState.execute({ ...this.#ports, run }, completed);
    return settled.outcome === 'stored' ? { ...settled, eventIds: [joinEventId] } : settled;
  }

  async storeHistory({ afterGap }: StoreHistory): Promise<Settled> {
    const built = await this.#storeState();
    if ('outcome' in built) return built;
    const timeline = (await this.#readTimeline()).map((row) => toStagedPdu(row, this.#place.rules));
    const storing = new StoreTimeline(this.#ports, this.#place, (bytes, work) => this.#run(bytes, work));
    return storing.execute({ timeline, root: built.root, afterGap });
  }

  async #storeState(): Promise<BuiltState | Settled> {
    const failed = await this.#storeCited();
    if (failed !== undefined) return failed;
    const state = new ImportedState((serverName) => this.#ports.servers.isHosted(serverName));
    for await (const rows of this.#pages(['state'])) state.add(rows);
    let root = EMPTY_ROOT;
    for (let next = state.changes.take(ENTRIES_AT_ONCE); next.length > 0; next = state.changes.take(ENTRIES_AT_ONCE)) {
      const piece = { root, changes: next };
      const { settled, value } = await this.#run(0, (edit) => storeStatePiece(edit, this.#place, piece));
      if (value === undefined) return settled;
      root = value;
    }
    return { root, state };
  }

  /** Nothing where all of it is stored, or cannot be. */
  async #storeCited(): Promise<Settled | undefined> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      let [stored, deferred] = [0, 0];
      for await (const rows of this.#pages(['auth', 'state'])) {
        const fresh = rows.filter((row) => row.stored === undefined);
        if (fresh.length === 0) continue;
        const piece = fresh.map((row) => toStagedPdu(row, this.#place.rules));
        const { settled, value } = await this.#run(bytesOf(fresh), (edit) => storeCited(edit, this.#place, piece));
        if (value === undefined) return settled;
        stored += value.stored;
        deferred += value.deferred;
      }
      if (stored === 0 || deferred === 0) return undefined;
    }
    return undefined;
  }

  /** The next page is read while one is stored. */
  async *#pages(parts: readonly StagedPart[]): AsyncGenerator<StagedRow[]> {
    const read = (after: number): Promise<StagedRow[]> => {
      const { shard, roomNid } = this.#place;
      const query = { shard, roomNid, importId: this.#importId, parts, after, limit: EVENTS_AT_ONCE };
      return this.#ports.staged.listStaged(query);
    };
    for (let next = read(-1); ;) {
      const rows = await next;
      const last = rows.at(-1);
      if (last === undefined) return;
      next = read(last.ordinal);
      // @NOTE Who stops taking pages does not wait for this one: its failure is nobody's then.
      next.catch(() => undefined);
      yield rows;
    }
  }

  async #readTimeline(): Promise<StagedRow[]> {
    const { shard, roomNid } = this.#place;
    const query = { shard, roomNid, importId: this.#importId, parts: ['timeline'] as const, after: -1 };
    return await this.#ports.staged.listStaged({ ...query, limit: MAX_TIMELINE });
  }

  #run<T>(bytes: number, work: (edit: RoomEdit) => PieceAttempt<T>): Promise<PieceDone<T>> {
    const { clock, isOurs, enqueue } = this.#ports;
    if (!isOurs(this.#place.shard)) return Promise.resolve({ settled: { outcome: 'notOwner' }, value: undefined });
    const item = new ImportItem({ ...this.#place, place: this.#place, bytes, now: clock.now() }, work);
    enqueue(item);
    return item.done;
  }
}

function refuseStaged(because: string): Settled {
  return refuse('M_INVALID_PARAM', 400, 'import.staged', because);
}
