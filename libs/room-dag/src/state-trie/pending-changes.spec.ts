import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../../test-support/state-node-store.ts';
import { PendingStateChanges } from './pending-changes.ts';
import { EMPTY_ROOT } from './state-node.ts';
import type { StateChange } from './update-state.ts';

const member = (index: number, eventNid: number | undefined = index + 1): StateChange => ({
  type: 'm.room.member',
  stateKey: `@u${index}:example.org`,
  eventNid,
});
const members = (count: number): StateChange[] => Array.from({ length: count }, (_, index) => member(index));

const change: fc.Arbitrary<StateChange> = fc
  .tuple(fc.constantFrom('m.room.member', 'm.space.child', 'x'), fc.nat(30), fc.option(fc.nat(5), { nil: undefined }))
  .map(([type, key, eventNid]) => ({ type, stateKey: `${key}`, eventNid }));
const changes = fc.array(change, { maxLength: 100, size: 'max' });

/** Makes the changes a piece at a time, as a caller does that stores each piece. */
function updateInPieces(store: NodeStore, root: number, all: readonly StateChange[], limit: number) {
  const pending = new PendingStateChanges();
  pending.add(all);
  const roots = [root];
  let created = 0;
  for (let piece = pending.take(limit); piece.length > 0; piece = pending.take(limit)) {
    expect(piece.length).toBeLessThanOrEqual(limit);
    const update = store.update(roots.at(-1) ?? root, piece);
    roots.push(update.root);
    created += update.created;
  }
  expect(pending.size).toBe(0);
  return { roots, root: roots.at(-1) ?? root, created };
}

describe('PendingStateChanges', () => {
  it('lead to the same state in pieces as at once', () => {
    fc.assert(
      fc.property(changes, changes, fc.integer({ min: 1, max: 40 }), (before, after, limit) => {
        const store = new NodeStore();
        const { root } = store.update(EMPTY_ROOT, before);
        const atOnce = store.update(root, after).root;
        expect(store.shape(updateInPieces(store, root, after, limit).root)).toEqual(store.shape(atOnce));
      }),
    );
  });

  it('go on from any piece that was stored, and from one that was not known to be', () => {
    const all = members(500);
    const store = new NodeStore();
    const { roots, root } = updateInPieces(store, EMPTY_ROOT, all, 60);
    for (const reached of roots) {
      const again = updateInPieces(store, reached, all, 60);
      expect(store.shape(again.root)).toEqual(store.shape(root));
    }
    expect(updateInPieces(store, root, all, 60)).toMatchObject({ root, created: 0 });
  });

  it('write little more than all at once', () => {
    const all = members(20_000);
    const atOnce = new NodeStore().update(EMPTY_ROOT, all).created;
    const { created, roots } = updateInPieces(new NodeStore(), EMPTY_ROOT, all, 2_000);
    expect(roots).toHaveLength(11);
    expect(created).toBeLessThan(atOnce * 1.02);
  });

  it('may be put in while others are taken out', () => {
    const pending = new PendingStateChanges();
    pending.add([member(1, 10), member(2, 20)]);
    const first = pending.take(1);
    pending.add([member(1, 11), member(2, 21), member(3, 30)]);
    expect(pending.size).toBe(4);
    const rest = [...pending.take(3), ...pending.take(3)];
    const last = new Map([...first, ...rest].map(({ stateKey, eventNid }) => [stateKey, eventNid]));
    expect([...last.values()].toSorted()).toEqual([11, 21, 30]);
    expect(pending.take(3)).toEqual([]);
  });
});
