import { EMPTY_ROOT, updateState } from '@plexus/room-dag';
import type { StateChange, StateNode } from '@plexus/room-dag';
import { describe, expect, it } from 'vitest';
import { fewChangedKeysOf, MAX_CHANGED_KEYS } from './changed-keys.ts';
import { Loaded } from './loaded.ts';
import { RoomMemory } from './room-memory.ts';
import { RoomView, Uncommitted } from './room-view.ts';

function member(index: number, eventNid: number | undefined): StateChange {
  return { type: 'm.room.member', stateKey: `@user${index}:other.example`, eventNid };
}

function members(count: number): StateChange[] {
  return Array.from({ length: count }, (_, index) => member(index, index + 1));
}

describe('fewChangedKeysOf', () => {
  const stored = new Map<number, StateNode>();
  const loaded = new Loaded();
  let lastNid = 0;
  const view = (): RoomView =>
    new RoomView({ shard: 0, roomId: '!r', memory: new RoomMemory(), loaded, uncommitted: [new Uncommitted()] });

  function stateOf(root: number, changes: readonly StateChange[]): number {
    const made = updateState(root, changes, {
      nodes: { find: (nodeNid) => stored.get(nodeNid) },
      allotId: () => (lastNid += 1),
    });
    if (made.outcome === 'missing') throw new Error('a node is missing');
    for (const { id, node } of made.created) stored.set(id, node);
    return made.root;
  }

  /** As an attempt is repeated until it misses nothing; each time with what it missed. */
  function findLoading(before: number, after: number): ReturnType<typeof fewChangedKeysOf> {
    for (;;) {
      const attempt = view();
      const changed = fewChangedKeysOf(attempt, before, after);
      if (!attempt.hasMissed) return changed;
      for (const nodeNid of attempt.missing.nodes) loaded.nodes.set(nodeNid, stored.get(nodeNid)!);
    }
  }

  it('finds each key that changed, with the event that stands for it now', () => {
    const before = stateOf(EMPTY_ROOT, members(20));
    const after = stateOf(before, [member(3, 100), member(4, undefined), member(30, 101)]);
    const changed = findLoading(before, after);
    expect(new Map(changed.map(({ stateKey, eventNid }) => [stateKey, eventNid]))).toEqual(
      new Map([
        ['@user3:other.example', 100],
        ['@user4:other.example', undefined],
        ['@user30:other.example', 101],
      ]),
    );
    expect(changed).toHaveLength(3);
  });

  it.each([
    [MAX_CHANGED_KEYS, 'all', MAX_CHANGED_KEYS],
    [MAX_CHANGED_KEYS + 1, 'none', 0],
  ])('tells of %d keys %s', (count, _which, told) => {
    expect(findLoading(EMPTY_ROOT, stateOf(EMPTY_ROOT, members(count)))).toHaveLength(told);
  });

  it('reads no more of a large state than it takes to know that it is large', () => {
    const root = stateOf(EMPTY_ROOT, members(50_000));
    loaded.nodes.clear();
    expect(findLoading(EMPTY_ROOT, root)).toEqual([]);
    expect(loaded.nodes.size).toBeLessThan(4_000);
  });
});
