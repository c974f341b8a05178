import type { StateKey } from '../src/pdu/pdu.ts';
import { listState } from '../src/state-trie/list-state.ts';
import { decodeStateNode, encodeStateNode } from '../src/state-trie/node-encoding.ts';
import type { MissingNodes, StateEntry, StateNode } from '../src/state-trie/state-node.ts';
import { EMPTY_ROOT } from '../src/state-trie/state-node.ts';
import type { StatePath, StateSelection } from '../src/state-trie/state-path.ts';
import { statePath } from '../src/state-trie/state-path.ts';
import type { StateChange } from '../src/state-trie/update-state.ts';
import { updateState } from '../src/state-trie/update-state.ts';

/** A store of encoded nodes that plays the caller of the trie: it loads what is missing and asks again, counting the rounds. */
export class NodeStore {
  readonly stored = new Map<number, Uint8Array>();
  readonly loaded = new Map<number, StateNode>();
  rounds = 0;
  #lastId = 0;
  readonly pathOf: StatePath;

  constructor(pathOf: StatePath = statePath) {
    this.pathOf = pathOf;
  }

  find(id: number): StateNode | undefined {
    return this.loaded.get(id);
  }

  load(ids: readonly number[]): void {
    this.rounds += 1;
    if (new Set(ids).size < ids.length) throw new Error('a node is asked for twice');
    for (const id of ids) {
      const bytes = this.stored.get(id);
      if (this.loaded.has(id) || bytes === undefined) throw new Error(`node ${id} is loaded or was never stored`);
      this.loaded.set(id, decodeStateNode(bytes));
    }
  }

  ask<T extends Answer>(question: () => T): Exclude<T, MissingNodes> {
    for (;;) {
      const answer = question();
      if (isAnswered(answer)) return answer;
      this.load(answer.nodeIds ?? []);
    }
  }

  update(root: number, changes: Iterable<StateChange>): { root: number; created: number } {
    const list = [...changes];
    const updated = this.ask(() => {
      const idBefore = this.#lastId;
      const answer = updateState(root, list, { nodes: this, allotId: () => (this.#lastId += 1), pathOf: this.pathOf });
      if (answer.outcome === 'missing' && this.#lastId !== idBefore) throw new Error('ids were allotted in vain');
      return answer;
    });
    for (const { id, node } of updated.created) this.stored.set(id, encodeStateNode(node));
    return { root: updated.root, created: updated.created.length };
  }

  forget(): void {
    this.loaded.clear();
  }

  entries(root: number, select: StateSelection = 'all', limit = 1_000_000): StateEntry[] {
    const all: StateEntry[] = [];
    let from: string | undefined;
    do {
      const request = { select, limit, from };
      const page = this.ask(() => listState(root, request, this, this.pathOf));
      all.push(...page.entries);
      from = page.next;
    } while (from !== undefined);
    return all;
  }

  /** The tree below a node, ids left out. */
  shape(id: number): unknown {
    if (id === EMPTY_ROOT) return null;
    if (!this.loaded.has(id)) this.load([id]);
    const node = this.loaded.get(id);
    return node?.kind === 'inner' ? node.children.map((child) => this.shape(child)) : node;
  }

  depth(root: number, key: StateKey): number {
    let depth = 0;
    for (let id = root; id !== EMPTY_ROOT; depth += 1) {
      if (!this.loaded.has(id)) this.load([id]);
      const node = this.loaded.get(id);
      if (node?.kind !== 'inner') return depth + 1;
      id = node.children[Number.parseInt(this.pathOf(key)[depth] ?? '', 16)] ?? EMPTY_ROOT;
    }
    return depth;
  }
}

type Answer = { readonly outcome: string; readonly nodeIds?: readonly number[] };

function isAnswered<T extends Answer>(answer: T): answer is Exclude<T, MissingNodes> {
  return answer.outcome !== 'missing';
}
