import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../../test-support/state-node-store.ts';
import { findStateConflicts } from './diff-states.ts';
import { StateComparison } from './state-comparison.ts';
import type { StateConflict } from './state-comparison.ts';
import { EMPTY_ROOT } from './state-node.ts';
import type { StateChange } from './update-state.ts';

const change: fc.Arbitrary<StateChange> = fc
  .tuple(fc.constantFrom('m.room.member', 'm.space.child', 'x'), fc.nat(60), fc.option(fc.nat(5), { nil: undefined }))
  .map(([type, key, eventNid]) => ({ type, stateKey: `${key}`, eventNid }));
const changes = fc.array(change, { maxLength: 150, size: 'max' });

function members(count: number, eventNid = 0): StateChange[] {
  return Array.from({ length: count }, (_, index) => {
    return { type: 'm.room.member', stateKey: `@u${index}:example.org`, eventNid: eventNid + index + 1 };
  });
}

/** How a caller goes through it who loads what is missing between two pieces. */
function compareInPieces(store: NodeStore, roots: readonly number[], limit: number) {
  const comparison = new StateComparison(roots, store.pathOf);
  const conflicts: StateConflict[] = [];
  const sizes: number[] = [];
  while (!comparison.isDone) {
    const piece = comparison.take(limit, store);
    conflicts.push(...piece.conflicts);
    sizes.push(piece.conflicts.length);
    if (piece.missing.length > 0) store.load(piece.missing);
  }
  return { conflicts, sizes };
}

function inOrder(conflicts: readonly StateConflict[]): string[] {
  return conflicts.map((conflict) => JSON.stringify(conflict)).sort();
}

describe('StateComparison', () => {
  it('finds in pieces what it finds at once', () => {
    fc.assert(
      fc.property(
        changes,
        fc.array(changes, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        (base, branches, limit) => {
          const store = new NodeStore();
          const fork = store.update(EMPTY_ROOT, base).root;
          const roots = branches.map((branch) => store.update(fork, branch).root);
          store.forget();
          const { conflicts } = compareInPieces(store, roots, limit);
          const atOnce = store.ask(() => findStateConflicts(roots, store));
          expect(inOrder(conflicts)).toEqual(inOrder(atOnce.conflicts));
        },
      ),
    );
  });

  it.each([
    ['that has nothing', EMPTY_ROOT],
    ['that is a leaf', undefined],
  ])('goes through 100,000 entries beside a state %s without a long piece', (_what, small) => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(100_000));
    const other = small ?? store.update(EMPTY_ROOT, members(5, 500_000)).root;
    store.forget();
    const { conflicts, sizes } = compareInPieces(store, [root, other], 1_000);
    expect(conflicts).toHaveLength(100_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8_000);
    expect(sizes.length).toBeGreaterThan(20);
  });

  it('is over at once where all states are one', () => {
    expect(new StateComparison([7, 7, 7]).isDone).toBe(true);
  });
});
