import { decodeStateNode, diffStates, EMPTY_ROOT, encodeStateNode, lookupState, updateState } from '@plexus/room-dag';
import type { StateChange, StateNodes } from '@plexus/room-dag';
import type { RoomLogRow } from '@plexus/storage';

/** State tries in memory. */
export class FakeState {
  readonly #nodes = new Map<number, Buffer>();
  readonly #allotNid: () => number;

  constructor(allotNid: () => number) {
    this.#allotNid = allotNid;
  }

  /** The root of a state with these changes. */
  update(root: number, changes: readonly StateChange[]): number {
    const updated = updateState(root, changes, { nodes: this.#stateNodes(), allotId: this.#allotNid });
    if (updated.outcome === 'missing') throw new Error('a fake lost state nodes');
    for (const { id, node } of updated.created) this.#nodes.set(id, Buffer.from(encodeStateNode(node)));
    return updated.root;
  }

  node(nodeNid: number): Buffer | undefined {
    return this.#nodes.get(nodeNid);
  }

  /** What a row of the log changed. */
  changesOf(row: RoomLogRow): { type: string; stateKey: string; eventNid: number }[] {
    if (row.previousRoot === row.currentRoot) return [];
    if (row.event === undefined) return this.#differences(row);
    const { type, state_key: stateKey } = JSON.parse(row.event.json.toString()) as { type: string; state_key: string };
    const found = lookupState(row.currentRoot, { type, stateKey }, this.#stateNodes());
    return found.outcome === 'found' ? [{ type, stateKey, eventNid: found.eventNid ?? 0 }] : [];
  }

  listAll(root: number): StateChange[] {
    return this.#differences({ previousRoot: EMPTY_ROOT, currentRoot: root });
  }

  #differences({
    previousRoot,
    currentRoot,
  }: Pick<RoomLogRow, 'previousRoot' | 'currentRoot'>): { type: string; stateKey: string; eventNid: number }[] {
    const diff = diffStates(previousRoot, currentRoot, this.#stateNodes());
    if (diff.outcome === 'missing') throw new Error('a fake lost state nodes');
    return diff.differences.map(({ type, stateKey, after }) => ({ type, stateKey, eventNid: after ?? 0 }));
  }

  #stateNodes(): StateNodes {
    return {
      find: (nid) => {
        const body = this.#nodes.get(nid);
        return body && decodeStateNode(body);
      },
    };
  }
}
