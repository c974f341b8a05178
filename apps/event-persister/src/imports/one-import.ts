import { EMPTY_ROOT } from '@plexus/room-dag';
import { heardLater } from '@plexus/matrix-base';
import type { PolicyAsker } from '@plexus/pdu-checks';
import type { ImportRoom, StoreHistory } from '@plexus/rpc';
import type { HostedServers, RoomOwnerReader, StagedEventReader, StagedPart, StagedRow } from '@plexus/storage';
import { refuse } from '../commands/execution.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { Settled } from '../writing/room-item.ts';
import { admitRoom } from './admit-room.ts';
import { CitedEvents, EVENTS_AT_ONCE, MAX_ROUNDS } from './cited-events.ts';
import type { CitedPdu } from './cited-events.ts';
import { CompleteState } from './complete-state.ts';
import type { CompletedState } from './completed-state.ts';
import { runPieces } from './import-item.ts';
import type { RunPiece, RunPiecesPorts } from './import-item.ts';
import { ImportedState } from './imported-state.ts';
import { listStatePiece } from './list-state-piece.ts';
import { toStagedPdu } from './staged-piece.ts';
import type { StagedPdu } from './staged-piece.ts';
import { toCitedPdu } from './state-in-pieces.ts';
import type { StateInPieces } from './state-in-pieces.ts';
import { StoreTimeline } from './store-timeline.ts';
import { storeStatePiece } from './store-state-piece.ts';

export interface OneImportPorts extends RunPiecesPorts {
  readonly staged: StagedEventReader;
  readonly rooms: Pick<RoomOwnerReader, 'findEvents' | 'findEventsById' | 'findExtremityPlaces' | 'listPlacedSince'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly resolver: StateResolver;
  readonly policy: PolicyAsker | undefined;
}

/** In one piece, or half as many more: some milliseconds of work. */
const ENTRIES_AT_ONCE = 1_000;
const MAX_TIMELINE = 1_000;

/** The room that an import is for. */
export interface ImportedRoom {
  readonly place: LoadedRoom;
  /** The state that the room has: what both states share is not stored again. */
  readonly base: number;
  /** The number of the event by which it was joined, as long as it lacks members. */
  readonly partialJoin: number | undefined;
}

interface BuiltState {
  readonly root: number;
  readonly state: ImportedState;
}

/** One import of one room. What ends it early is how it settles. */
export class OneImport {
  readonly #ports: OneImportPorts;
  readonly #place: LoadedRoom;
  readonly #base: number;
  readonly #partialJoin: number | undefined;
  readonly #importId: string;
  readonly #run: RunPiece;

  constructor(ports: OneImportPorts, { place, base, partialJoin }: ImportedRoom, importId: string) {
    this.#ports = ports;
    this.#place = place;
    this.#base = base;
    this.#partialJoin = partialJoin;
    this.#importId = importId;
    this.#run = runPieces(ports, place);
  }

  /** `arriving` is told of the join event. Where the state came in pieces, nothing is staged. */
  async importRoom(
    { partial, serversInRoom, joinEvent }: ImportRoom,
    arriving: (joinEventId: string) => void,
    pieces?: StateInPieces,
  ): Promise<Settled> {
    const join = joinEvent === undefined ? await this.#readJoin() : toCitedPdu(joinEvent, this.#place.rules, 0);
    if (join === undefined) return refuseStaged('One join event has to be staged');
    const { eventId } = join.event;
    arriving(eventId);
    const built = await this.#storeState(pieces);
    if ('outcome' in built) return built;
    const { counts, hostedMembers } = built.state;
    const state = { place: this.#place, root: built.root, counts, hostedMembers };
    const joinNid = partial ? undefined : await this.#findPartialJoin(eventId);
    if (joinNid !== undefined) return this.#completeState({ ...state, joinNid }, eventId);
    const { resolver } = this.#ports;
    const admission = { ...state, resolver, join, serversInRoom: partial ? serversInRoom : undefined };
    return (await this.#run(join.bytes.length, (edit) => admitRoom(edit, admission))).settled;
  }

  /** The number of a join event, if the room was joined by it and lacks members since. */
  async #findPartialJoin(joinEventId: string): Promise<number | undefined> {
    if (this.#partialJoin === undefined) return undefined;
    const { shard, roomNid } = this.#place;
    const found = await this.#ports.rooms.findEventsById(shard, roomNid, [joinEventId]);
    return found.get(joinEventId)?.eventNid === this.#partialJoin ? this.#partialJoin : undefined;
  }

  async #completeState(completed: CompletedState, joinEventId: string): Promise<Settled> {
    const settled = await CompleteState.execute({ ...this.#ports, run: this.#run }, completed);
    return settled.outcome === 'stored' ? { ...settled, eventIds: [joinEventId] } : settled;
  }

  async storeHistory({ afterGap, baseEventId, destination }: StoreHistory): Promise<Settled> {
    const built = baseEventId === undefined ? await this.#storeState() : await this.#changeState(baseEventId);
    if ('outcome' in built) return built;
    const timeline = (await this.#readTimeline()).map((row) => toStagedPdu(row, this.#place.rules));
    const storing = new StoreTimeline(this.#ports, this.#place, this.#run);
    return storing.execute({ timeline, root: built.root, afterGap, destination });
  }

  async #storeState(pieces?: StateInPieces): Promise<BuiltState | Settled> {
    const state = pieces?.state ?? this.#newState();
    const failed = await (pieces === undefined ? this.#storeStaged(state) : pieces.takeDeferred());
    if (failed !== undefined) return failed;
    if (state.isEmpty) return { root: EMPTY_ROOT, state };
    const unlisted = await this.#removeOthers(state);
    if (unlisted !== undefined) return unlisted;
    return this.#applyChanges(this.#base, state);
  }

  /** Of a state of which only what differs from another one is staged. */
  async #changeState(baseEventId: string): Promise<BuiltState | Settled> {
    const state = this.#newState();
    for await (const rows of this.#pages(['removed'])) state.remove(rows);
    const failed = await this.#storeStaged(state);
    if (failed !== undefined) return failed;
    const { shard, roomNid } = this.#place;
    const found = await this.#ports.rooms.findEventsById(shard, roomNid, [baseEventId]);
    const base = found.get(baseEventId)?.stateBefore;
    if (base === undefined) return refuseStaged('The state that the staged one differs from is not here');
    return this.#applyChanges(base, state);
  }

  #newState(): ImportedState {
    return new ImportedState((serverName) => this.#ports.servers.isHosted(serverName));
  }

  /** In pieces of one size: a few entries that are left would take a unit of work of their own. */
  async #applyChanges(base: number, state: ImportedState): Promise<BuiltState | Settled> {
    const { changes } = state;
    const pieces = Math.max(1, Math.round(changes.size / ENTRIES_AT_ONCE));
    const limit = Math.ceil(changes.size / pieces);
    let root = base;
    for (let next = changes.take(limit); next.length > 0; next = changes.take(limit)) {
      const piece = { root, changes: next };
      const { settled, value } = await this.#run(0, (edit) => storeStatePiece(edit, this.#place, piece));
      if (value === undefined) return settled;
      root = value;
    }
    return { root, state };
  }

  async #removeOthers(state: ImportedState): Promise<Settled | undefined> {
    for (let from: string | undefined; ;) {
      const page = { from, limit: ENTRIES_AT_ONCE };
      const { settled, value } = await this.#run(0, (edit) => listStatePiece(edit, this.#base, page));
      if (value === undefined) return settled;
      state.removeOthers(value.entries);
      if (value.next === undefined) return undefined;
      from = value.next;
    }
  }

  /** Stores what is staged, and gathers the state while it does: staged events are large, and each is read once where they come in order. */
  async #storeStaged(state: ImportedState): Promise<Settled | undefined> {
    const cited = new CitedEvents(this.#place, this.#run, state);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const sum = { stored: 0, deferred: 0, cited };
      let before: Promise<Settled | undefined> = Promise.resolve(undefined);
      for await (const rows of this.#pages(['auth', 'state'])) {
        const fresh = rows.filter(isNews);
        if (round === 0) state.addStored(rows.filter((row) => row.part === 'state' && !isNews(row)));
        // @NOTE Two pieces are under way: one is made while the one before it is being stored.
        const piece = fresh.length === 0 ? undefined : heardLater(this.#storePiece(fresh, sum));
        const failed = await before;
        if (failed !== undefined) return failed;
        before = piece ?? Promise.resolve(undefined);
      }
      const failed = await before;
      if (failed !== undefined) return failed;
      if (sum.stored === 0 || sum.deferred === 0) return undefined;
    }
    return undefined;
  }

  async #storePiece(
    rows: readonly StagedRow[],
    sum: { stored: number; deferred: number; readonly cited: CitedEvents },
  ): Promise<Settled | undefined> {
    const taken = await sum.cited.take(
      rows.map((row): CitedPdu => {
        const { ordinal, part } = row;
        return { ...toStagedPdu(row, this.#place.rules), ordinal, isInState: part === 'state' };
      }),
    );
    if ('outcome' in taken) return taken;
    sum.stored += taken.stored;
    sum.deferred += taken.deferred.length;
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
      // @NOTE Who stops taking pages does not wait for this one: its failure is nobody's then.
      next = heardLater(read(last.ordinal));
      yield rows;
    }
  }

  /** Nothing where it is not the only one that is staged. */
  async #readJoin(): Promise<StagedPdu | undefined> {
    const [join, ...others] = await this.#readTimeline();
    return join === undefined || others.length > 0 ? undefined : toStagedPdu(join, this.#place.rules);
  }

  async #readTimeline(): Promise<StagedRow[]> {
    const { shard, roomNid } = this.#place;
    const query = { shard, roomNid, importId: this.#importId, parts: ['timeline'] as const, after: -1 };
    return await this.#ports.staged.listStaged({ ...query, limit: MAX_TIMELINE });
  }
}

/** What is not stored, or is without its content, which has come with this one. */
function isNews({ stored, isRedactedCopy = false }: StagedRow): boolean {
  return stored === undefined || (stored.isRedactedCopy && !isRedactedCopy);
}

function refuseStaged(because: string): Settled {
  return refuse('M_INVALID_PARAM', 400, 'import.staged', because);
}
