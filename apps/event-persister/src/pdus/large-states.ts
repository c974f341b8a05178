import { setImmediate } from 'node:timers/promises';
import { decodeStateNode, EMPTY_ROOT, PendingStateChanges, StateComparison } from '@plexus/room-dag';
import type { StateConflict, StateNode } from '@plexus/room-dag';
import type { Clock } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import type { HostedServers, RoomOwnerReader } from '@plexus/storage';
import { ImportItem } from '../imports/import-item.ts';
import { storeStatePiece } from '../imports/store-state-piece.ts';
import { rulesOf } from '../writing/room-loader.ts';
import type { RoomItem } from '../writing/room-item.ts';
import type {
  ConflictResolver,
  LargeTransition,
  MadeState,
  NumberedEntry,
  ResolutionCost,
  ResolutionTask,
  StateResolver,
  StateTask,
  TransitionTask,
} from './state-resolver.ts';
import { TransitionCounter } from './transition-counter.ts';

export interface LargeStatesPorts {
  readonly resolver: ConflictResolver;
  readonly rooms: Pick<RoomOwnerReader, 'findStateNodes' | 'findEvents'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly clock: Clock;
  enqueue(item: RoomItem): void;
  /** How many entries one turn on the main thread went through. */
  turned?(entries: number): void;
}

/** What one turn on the main thread goes through: some milliseconds of work each. */
export interface StateLimits {
  /** Places of the trie, which have about four entries each, that an attempt itself compares; more are compared elsewhere. */
  readonly placesHere: number;
  readonly placesAtOnce: number;
  readonly entriesAtOnce: number;
}

export const DEFAULT_STATE_LIMITS: StateLimits = { placesHere: 1_000, placesAtOnce: 500, entriesAtOnce: 1_000 };

const NODES_AT_ONCE = 500;
/** So many nodes of a comparison are kept: it comes back to a place only for what it missed there. */
/**
 * States that differ in more than one turn on the main thread may go through. They are compared in turns, resolved in another thread, and the new state
 * is stored in pieces; what changes by it is counted in turns.
 *
 *     states ──compare──► conflicts ──another thread──► entries ──pieces──► stored root ──compare──► counts
 *
 * The room waits with the event that needs it, so its pieces go through a queue of their own. A crash before the event is stored leaves nodes that are in
 * no state; the event comes again, and all begins anew.
 */
export class LargeStates implements StateResolver {
  readonly placesHere: number;
  readonly #ports: LargeStatesPorts;
  readonly #limits: StateLimits;

  constructor(ports: LargeStatesPorts, limits: StateLimits = DEFAULT_STATE_LIMITS) {
    this.placesHere = limits.placesHere;
    this.#ports = ports;
    this.#limits = limits;
  }

  resolve(task: ResolutionTask): Promise<readonly NumberedEntry[]> {
    return this.#ports.resolver.resolve(task);
  }

  resolved(cost: ResolutionCost): void {
    this.#ports.resolver.resolved?.(cost);
  }

  async makeState(task: StateTask): Promise<MadeState> {
    const { roots, nodes, ...about } = task;
    const [base = EMPTY_ROOT] = roots;
    const conflicts: StateConflict[] = [];
    for await (const found of this.#compare(task, roots, nodes)) for (const one of found) conflicts.push(one);
    const entries = await this.#ports.resolver.resolve({ ...about, conflicts, base });
    const pending = new PendingStateChanges();
    const late: NumberedEntry[] = [];
    for (const some of this.#inPieces(entries)) {
      late.push(...some.filter(({ eventId }) => eventId !== undefined));
      pending.add(some.filter(({ eventId }) => eventId === undefined));
      await this.#turned(some.length);
    }
    return { root: await this.#store(task, base, pending), late };
  }

  async countTransition(task: TransitionTask): Promise<LargeTransition> {
    const { rooms, servers } = this.#ports;
    const counter = new TransitionCounter(task, { rooms, isHosted: (serverName) => servers.isHosted(serverName) });
    for await (const found of this.#compare(task, [task.from, task.to], new Map())) {
      for (const some of this.#inPieces(found)) {
        await counter.add(some);
        await this.#turned(some.length);
      }
    }
    return counter.transition();
  }

  async *#compare(
    { shard, roomNid }: Pick<StateTask, 'shard' | 'roomNid'>,
    roots: readonly number[],
    nodes: ReadonlyMap<number, StateNode>,
  ): AsyncGenerator<readonly StateConflict[]> {
    const comparison = new StateComparison(roots);
    const loaded = new Map<number, StateNode>();
    const find = (nodeNid: number): StateNode | undefined => nodes.get(nodeNid) ?? loaded.get(nodeNid);
    while (!comparison.isDone) {
      const { conflicts, missing } = comparison.take(this.#limits.placesAtOnce, { find });
      yield conflicts;
      await this.#turned(conflicts.length);
      if (loaded.size > KEPT_NODES) loaded.clear();
      for await (const [nodeNid, node] of this.#load(shard, roomNid, missing)) loaded.set(nodeNid, node);
    }
  }

  *#inPieces<T>(list: readonly T[]): Generator<readonly T[]> {
    const { entriesAtOnce } = this.#limits;
    for (let first = 0; first < list.length; first += entriesAtOnce) yield list.slice(first, first + entriesAtOnce);
  }

  async *#load(shard: number, roomNid: number, nodeNids: readonly number[]): AsyncGenerator<[number, StateNode]> {
    for (let first = 0; first < nodeNids.length; first += NODES_AT_ONCE) {
      const some = nodeNids.slice(first, first + NODES_AT_ONCE);
      const found = await this.#ports.rooms.findStateNodes(shard, roomNid, some);
      if (found.size < some.length) throw new StorageError('a state node is not stored');
      for (const [nodeNid, body] of found) yield [nodeNid, decodeStateNode(body)];
    }
  }

  async #store(
    { shard, roomNid, roomId, roomVersion }: StateTask,
    base: number,
    pending: PendingStateChanges,
  ): Promise<number> {
    const place = { shard, roomNid, roomId, rules: rulesOf(roomVersion) };
    const queue = { shard, roomId: `${roomId} states`, place, bytes: 0 };
    let root = base;
    const { entriesAtOnce } = this.#limits;
    for (let next = pending.take(entriesAtOnce); next.length > 0; next = pending.take(entriesAtOnce)) {
      const piece = { root, changes: next };
      const item = new ImportItem({ ...queue, now: this.#ports.clock.now() }, (edit) =>
        storeStatePiece(edit, place, piece),
      );
      this.#ports.enqueue(item);
      const { settled, value } = await item.done;
      if (value === undefined) throw new StorageError(`a state could not be stored: ${settled.outcome}`);
      this.#ports.turned?.(next.length);
      root = value;
    }
    return root;
  }

  async #turned(entries: number): Promise<void> {
    this.#ports.turned?.(entries);
    await setImmediate();
  }
}

const KEPT_NODES = 20_000;
