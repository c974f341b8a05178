import type { CacheCodec, NamedCache } from '@plexus/cache';
import { decodeStateNode, diffStates, encodeStateNode, listState, lookupStates } from '@plexus/room-dag';
import type {
  MissingNodes,
  StateDifference,
  StateEntry,
  StateKey,
  StateNode,
  StateNodes,
  StatePage,
  StateSelection,
} from '@plexus/room-dag';
import type { RoomReader } from '@plexus/storage';
import type { RoomPlace } from './room-place.ts';

/** How nodes are kept in the cache `state_nodes`. */
export const stateNodeCodec: CacheCodec<StateNode> = {
  encode: encodeStateNode,
  decode: decodeStateNode,
};

/** Where a room's state is stored. */
type StatePlace = Pick<RoomPlace, 'shard' | 'roomNid'>;

/** So many entries are listed at once. */
const PAGE = 500;

/**
 * Reads room state at a root through the cache `state_nodes`; the cost follows what is asked for, not the room. Every method answers nothing
 * where the root is no longer stored: nodes that no event and no recent row of the log refers to are collected.
 */
export class StateReader {
  readonly #reader: Pick<RoomReader, 'findStateNodes'>;
  readonly #nodes: NamedCache<StateNode>;

  constructor(reader: Pick<RoomReader, 'findStateNodes'>, nodes: NamedCache<StateNode>) {
    this.#reader = reader;
    this.#nodes = nodes;
  }

  /** On which keys two states differ. */
  async diff(room: RoomPlace, before: number, after: number): Promise<readonly StateDifference[] | undefined> {
    const answer = await this.#ask(room, (nodes) => diffStates(before, after, nodes));
    return answer?.differences;
  }

  /** The numbers of the events that stand for these keys, in their order; nothing for a key that the state has not. */
  async lookup(
    room: StatePlace,
    root: number,
    keys: readonly StateKey[],
  ): Promise<readonly (number | undefined)[] | undefined> {
    const answer = await this.#ask(room, (nodes) => lookupStates(root, keys, nodes));
    return answer?.eventNids;
  }

  /** All entries of a part of the state. */
  async list(room: RoomPlace, root: number, select: StateSelection): Promise<readonly StateEntry[] | undefined> {
    const entries: StateEntry[] = [];
    for (let from: string | undefined; ;) {
      const page = await this.#page(room, root, { select, from });
      if (page === undefined) return undefined;
      entries.push(...page.entries);
      if (page.next === undefined) return entries;
      from = page.next;
    }
  }

  /** All entries of a part of the state, a page at a time; ends early where the root is no longer stored. */
  async *pages(room: RoomPlace, root: number, select: StateSelection): AsyncGenerator<readonly StateEntry[]> {
    for (let from: string | undefined; ;) {
      const page = await this.#page(room, root, { select, from });
      if (page === undefined) return;
      yield page.entries;
      if (page.next === undefined) return;
      from = page.next;
    }
  }

  /** At least so many entries of a part of the state, or all that there are. Always the same ones, otherwise arbitrary. */
  async listSome(
    room: RoomPlace,
    root: number,
    { select, limit }: { readonly select: StateSelection; readonly limit: number },
  ): Promise<readonly StateEntry[] | undefined> {
    const page = await this.#ask(room, (nodes) => listState(root, { select, limit }, nodes));
    return page?.entries;
  }

  #page(
    room: RoomPlace,
    root: number,
    part: { readonly select: StateSelection; readonly from: string | undefined },
  ): Promise<StatePage | undefined> {
    return this.#ask(room, (nodes) => listState(root, { ...part, limit: PAGE }, nodes));
  }

  async #ask<T extends { readonly outcome: string }>(
    room: StatePlace,
    ask: (nodes: StateNodes) => T,
  ): Promise<Exclude<T, MissingNodes> | undefined> {
    // What was loaded for this question stays until it is answered, whatever the cache evicts.
    const loaded = new Map<number, StateNode>();
    const nodes = { find: (nodeNid: number) => loaded.get(nodeNid) ?? this.#nodes.peek(keyOf(room, nodeNid)) };
    for (;;) {
      const answer = ask(nodes);
      if (isAnswered(answer)) return answer;
      const missing = nodesMissingIn(answer);
      const found = await this.#load(room, missing);
      if (found.size < missing.length) return undefined;
      for (const [nodeNid, node] of found) loaded.set(nodeNid, node);
    }
  }

  async #load(room: StatePlace, nodeNids: readonly number[]): Promise<Map<number, StateNode>> {
    const nidOf = new Map(nodeNids.map((nodeNid) => [keyOf(room, nodeNid), nodeNid]));
    const nodes = await this.#nodes.getMany([...nidOf.keys()], async (missing) => {
      const asked = missing.flatMap((key) => nidOf.get(key) ?? []);
      const bodies = await this.#reader.findStateNodes(room.shard, room.roomNid, asked);
      return new Map([...bodies].map(([nodeNid, body]) => [keyOf(room, nodeNid), decodeStateNode(body)]));
    });
    return new Map([...nodes].map(([key, node]) => [nidOf.get(key) ?? 0, node]));
  }
}

function isAnswered<T extends { readonly outcome: string }>(answer: T): answer is Exclude<T, MissingNodes> {
  return answer.outcome !== 'missing';
}

function nodesMissingIn(answer: { readonly outcome: string; readonly nodeIds?: readonly number[] }): readonly number[] {
  return answer.nodeIds ?? [];
}

function keyOf({ shard, roomNid }: StatePlace, nodeNid: number): string {
  return `${shard}/${roomNid}/${nodeNid}`;
}
