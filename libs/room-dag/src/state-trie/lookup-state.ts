import type { StateKey } from '../pdu/pdu.ts';
import type { LeafNode, MissingNodes, StateNodes } from './state-node.ts';
import { EMPTY_ROOT, isSameStateKey } from './state-node.ts';
import type { StatePath } from './state-path.ts';
import { digitAt, statePath } from './state-path.ts';

/** What a root says about one key; `undefined` where the state has no such entry. */
export type StateLookup = { readonly outcome: 'found'; readonly eventNid: number | undefined } | MissingNodes;

/** What a root says about several keys, in their order. */
export type StateLookups =
  | { readonly outcome: 'found'; readonly eventNids: readonly (number | undefined)[] }
  | MissingNodes;

/** Decides which event stands for a key in the state that `root` names, or which node to load first. */
export function lookupState(root: number, key: StateKey, nodes: StateNodes): StateLookup {
  const found = lookupStates(root, [key], nodes);
  return found.outcome === 'missing' ? found : { outcome: 'found', eventNid: found.eventNids[0] };
}

/**
 * Decides which events stand for several keys. When nodes are missing, all that can be known to be missing are reported at
 * once, so that the caller asks the store once per level of the trie, not once per key.
 */
export function lookupStates(
  root: number,
  keys: readonly StateKey[],
  nodes: StateNodes,
  pathOf: StatePath = statePath,
): StateLookups {
  const missing = new Set<number>();
  const eventNids = keys.map((key) => descend(root, key, { nodes, pathOf, missing }));
  return missing.size > 0 ? { outcome: 'missing', nodeIds: [...missing] } : { outcome: 'found', eventNids };
}

interface Descent {
  readonly nodes: StateNodes;
  readonly pathOf: StatePath;
  readonly missing: Set<number>;
}

function descend(root: number, key: StateKey, { nodes, pathOf, missing }: Descent): number | undefined {
  let nodeId = root;
  let path: string | undefined;
  for (let depth = 0; nodeId !== EMPTY_ROOT; depth += 1) {
    const node = nodes.find(nodeId);
    if (node === undefined) {
      missing.add(nodeId);
      return undefined;
    }
    if (node.kind === 'leaf') return findInLeaf(node, key);
    path ??= pathOf(key);
    nodeId = node.children[digitAt(path, depth)] ?? EMPTY_ROOT;
  }
  return undefined;
}

function findInLeaf(leaf: LeafNode, key: StateKey): number | undefined {
  return leaf.entries.find((entry) => isSameStateKey(entry, key))?.eventNid;
}
