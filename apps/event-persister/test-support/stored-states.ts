import {
  decodeStateNode,
  EMPTY_ROOT,
  encodeStateNode,
  findStateConflicts,
  listState,
  updateState,
} from '@plexus/room-dag';
import type { StateChange, StateConflict, StateEntry, StateNode } from '@plexus/room-dag';
import type { ShardCounters, StoredEvent } from '@plexus/storage';
import { Loaded } from '../src/rooms/loaded.ts';
import { RoomEdit } from '../src/rooms/room-edit.ts';
import { RoomMemory } from '../src/rooms/room-memory.ts';
import type { RoomItem } from '../src/writing/room-item.ts';

const NO_COUNTERS: ShardCounters = {
  position: 0,
  lastRoomNid: 0,
  lastEventNid: 0,
  lastNodeNid: 0,
  published: 0,
  projected: 0,
  inboundOffset: 0,
  inboundIncarnation: '',
};

/** The states of one room, and what an owner does with pieces of work on them, without a database. */
export class StoredStates {
  readonly #bodies = new Map<number, Buffer>();
  readonly #decoded = new Map<number, StateNode>();
  readonly #membershipOf: (eventNid: number) => string;
  readonly #memory = new RoomMemory({ rooms: 1, nodes: 1, eventBytes: 1 });
  #counters = NO_COUNTERS;

  constructor(membershipOf: (eventNid: number) => string = () => 'join') {
    this.#membershipOf = membershipOf;
  }

  readonly rooms = {
    findStateNodes: async (_shard: number, _roomNid: number, nodeNids: readonly number[]) => {
      const found = nodeNids.flatMap((nodeNid) => {
        const body = this.#bodies.get(nodeNid);
        return body === undefined ? [] : [[nodeNid, body] as const];
      });
      return new Map(found);
    },
    findEvents: async (shard: number, eventNids: readonly number[]) => {
      return new Map(eventNids.map((eventNid) => [eventNid, this.#eventOf(shard, eventNid)]));
    },
  };

  find(nodeNid: number): StateNode | undefined {
    const body = this.#decoded.has(nodeNid) ? undefined : this.#bodies.get(nodeNid);
    if (body !== undefined) this.#decoded.set(nodeNid, decodeStateNode(body));
    return this.#decoded.get(nodeNid);
  }

  /** At once, as a caller without limits makes it. */
  update(root: number, changes: Iterable<StateChange>): number {
    let lastNodeNid = this.#counters.lastNodeNid;
    const updated = updateState(root, changes, { nodes: this, allotId: () => (lastNodeNid += 1) });
    if (updated.outcome === 'missing') throw new Error('a node is missing');
    for (const { id, node } of updated.created) this.#bodies.set(id, Buffer.from(encodeStateNode(node)));
    this.#counters = { ...this.#counters, lastNodeNid };
    return updated.root;
  }

  conflicts(roots: readonly number[]): readonly StateConflict[] {
    const found = findStateConflicts(roots, this);
    if (found.outcome === 'missing') throw new Error('a node is missing');
    return found.conflicts;
  }

  entries(root: number): readonly StateEntry[] {
    const page = listState(root, { select: 'all', limit: Number.MAX_SAFE_INTEGER }, this);
    if (page.outcome === 'missing') throw new Error('a node is missing');
    return page.entries;
  }

  /** The trie below a node, without numbers. */
  shape(nodeNid: number): unknown {
    const node = nodeNid === EMPTY_ROOT ? undefined : this.find(nodeNid);
    return node?.kind === 'inner' ? node.children.map((child) => this.shape(child)) : (node ?? null);
  }

  /** Attempts an item until nothing is missing, and stores the nodes that it makes. */
  run(item: RoomItem): void {
    for (;;) {
      const edit = new RoomEdit({
        shard: item.shard,
        roomId: item.roomId,
        memory: this.#memory,
        loaded: new Loaded(),
        before: undefined,
        head: undefined,
        counters: this.#counters,
        isHosted: () => false,
      });
      for (const [nodeNid, node] of item.loaded.nodes) edit.sources.loaded.nodes.set(nodeNid, node);
      item.attempt(edit);
      if (!edit.isIncomplete) return this.#commit(item, edit);
      for (const nodeNid of edit.missing.nodes) item.loaded.nodes.set(nodeNid, this.#nodeOf(nodeNid));
    }
  }

  #commit(item: RoomItem, edit: RoomEdit): void {
    for (const { nodeNid, body } of edit.changes.stateNodes) this.#bodies.set(nodeNid, Buffer.from(body));
    this.#counters = edit.counters;
    item.settle({ outcome: 'stored', eventIds: [], position: 0 });
  }

  #nodeOf(nodeNid: number): StateNode {
    const node = this.find(nodeNid);
    if (node === undefined) throw new Error(`node ${nodeNid} is not stored`);
    return node;
  }

  #eventOf(shard: number, eventNid: number): StoredEvent {
    return {
      shard,
      eventNid,
      eventId: `$${eventNid}`,
      roomNid: 1,
      topologicalPosition: undefined,
      streamPosition: undefined,
      stateBefore: undefined,
      stateAfter: undefined,
      authDepth: 0,
      status: 'accepted',
      json: Buffer.from(JSON.stringify({ content: { membership: this.#membershipOf(eventNid) } })),
      unread: undefined,
      redactedBy: [],
    };
  }
}
