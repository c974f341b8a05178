import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../../test-support/state-node-store.ts';
import type { StateKey } from '../pdu/pdu.ts';
import { diffStates, findStateConflicts } from './diff-states.ts';
import { listState } from './list-state.ts';
import { lookupState, lookupStates } from './lookup-state.ts';
import { markReachable } from './mark-reachable.ts';
import { decodeStateNode } from './node-encoding.ts';
import type { StateEntry } from './state-node.ts';
import { EMPTY_ROOT, LEAF_CAPACITY, nameOfStateKey } from './state-node.ts';
import type { StatePath } from './state-path.ts';
import { statePath } from './state-path.ts';
import type { StateChange } from './update-state.ts';

const member = (name: string | number): StateKey => ({ type: 'm.room.member', stateKey: `@u${name}:example.org` });
const members = (count: number): StateEntry[] =>
  Array.from({ length: count }, (_, i) => ({ ...member(i), eventNid: i + 1 }));

const keys = fc.oneof(
  { weight: 4, arbitrary: fc.nat(120).map(member) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('m.space.child'), stateKey: fc.nat(40).map((n) => `!r${n}`) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.string({ maxLength: 4 }), stateKey: fc.string({ maxLength: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('m.room.create', 'm.room.name', 'x').map((type) => ({ type, stateKey: '' })),
  },
);
const change: fc.Arbitrary<StateChange> = fc
  .tuple(keys, fc.option(fc.nat(5), { nil: undefined, freq: 2 }))
  .map(([key, eventNid]) => ({ ...key, eventNid }));
const batch = fc.array(change, { maxLength: 60, size: 'max' });
const batches = fc.array(batch, { maxLength: 8, size: 'max' });
const paths: fc.Arbitrary<StatePath> = fc.constantFrom<StatePath[]>(
  statePath,
  () => '0000',
  (key) => (key.stateKey.length % 2 === 0 ? '0a1' : '0a2'),
  (key) => statePath(key).slice(0, 2),
);

function applyToMap(map: Map<string, StateEntry>, changes: readonly StateChange[]): Map<string, StateEntry> {
  const next = new Map(map);
  for (const { type, stateKey, eventNid } of changes) {
    const name = nameOfStateKey({ type, stateKey });
    if (eventNid === undefined) next.delete(name);
    else next.set(name, { type, stateKey, eventNid });
  }
  return next;
}

const byName = (entries: Iterable<StateEntry>) =>
  Object.fromEntries(Array.from(entries, (entry) => [nameOfStateKey(entry), entry.eventNid]));

describe('state trie', () => {
  it('equals a map under any sequence of operations and any batching, from a cold store', () => {
    fc.assert(
      fc.property(batches, paths, (sequence, pathOf) => {
        const store = new NodeStore(pathOf);
        let root = EMPTY_ROOT;
        let map = new Map<string, StateEntry>();
        for (const changes of sequence) {
          store.forget();
          root = store.update(root, changes).root;
          map = applyToMap(map, changes);
          expect(byName(store.entries(root))).toEqual(byName(map.values()));
        }
        const asked = sequence.flat();
        store.forget();
        const found = store.ask(() => lookupStates(root, asked, store, pathOf));
        expect(found.eventNids).toEqual(asked.map((key) => map.get(nameOfStateKey(key))?.eventNid));
      }),
    );
  });

  it('has a shape that depends on the entries only', () => {
    fc.assert(
      fc.property(batches, paths, (sequence, pathOf) => {
        const store = new NodeStore(pathOf);
        const root = sequence.reduce((at, changes) => store.update(at, changes).root, EMPTY_ROOT);
        const atOnce = store.update(EMPTY_ROOT, store.entries(root)).root;
        expect(store.shape(root)).toEqual(store.shape(atOnce));
      }),
    );
  });

  it('leaves older roots as they were', () => {
    const store = new NodeStore();
    const before = store.update(EMPTY_ROOT, members(500)).root;
    const expected = byName(store.entries(before));
    store.update(before, [
      { ...member(3), eventNid: undefined },
      { ...member(4), eventNid: 9_999 },
    ]);
    expect(byName(store.entries(before))).toEqual(expected);
  });

  it('keeps the root and creates nothing when nothing changes', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(300));
    expect(store.update(root, members(300))).toEqual({ root, created: 0 });
    expect(store.update(root, [{ ...member('absent'), eventNid: undefined }])).toEqual({ root, created: 0 });
    expect(store.update(root, [])).toEqual({ root, created: 0 });
  });

  it('becomes empty again when everything is removed', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(300));
    const removals = members(300).map((entry) => ({ ...entry, eventNid: undefined }));
    expect(store.update(root, removals)).toEqual({ root: EMPTY_ROOT, created: 0 });
  });

  it('lets the last of several changes of one key count', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, [
      { ...member(1), eventNid: 1 },
      { ...member(1), eventNid: 2 },
    ]);
    expect(lookupState(root, member(1), store)).toEqual({ outcome: 'missing', nodeIds: [root] });
    expect(store.ask(() => lookupState(root, member(1), store))).toEqual({ outcome: 'found', eventNid: 2 });
  });

  it('creates no more nodes than the path is long when an entry gets another event', () => {
    const store = new NodeStore();
    let { root } = store.update(EMPTY_ROOT, members(20_000));
    for (const { type, stateKey } of members(20_000).slice(0, 200)) {
      const depth = store.depth(root, { type, stateKey });
      const updated = store.update(root, [{ type, stateKey, eventNid: 50_000 }]);
      root = updated.root;
      expect(updated.created).toBe(depth);
      expect(depth).toBeLessThanOrEqual(5);
    }
  });

  it('creates at most one split more when an entry is added', () => {
    const store = new NodeStore();
    let root = EMPTY_ROOT;
    for (const entry of members(1_500)) {
      const depth = store.depth(root, entry);
      const updated = store.update(root, [entry]);
      root = updated.root;
      store.load([...store.stored.keys()].filter((id) => !store.loaded.has(id)));
      const grown = store.depth(root, entry) - depth;
      expect(updated.created).toBeLessThanOrEqual(depth + grown + (grown > 0 ? LEAF_CAPACITY : 0));
    }
  });

  it('keeps child ids below the parent id', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(1_000));
    store.update(root, [{ ...member(7), eventNid: 77 }]);
    const nodes = Array.from(store.stored, ([id, bytes]) => ({ id, node: decodeStateNode(bytes) }));
    const wrong = nodes.filter(({ id, node }) => node.kind === 'inner' && node.children.some((child) => child >= id));
    expect(wrong).toEqual([]);
  });

  it('bounds the depth when every key has the same path', () => {
    const store = new NodeStore(() => '0000');
    const { root } = store.update(EMPTY_ROOT, members(100));
    expect(store.depth(root, member(1))).toBe(5);
    expect(store.entries(root)).toHaveLength(100);
    const one = store.update(
      root,
      members(100)
        .slice(1)
        .map((entry) => ({ ...entry, eventNid: undefined })),
    ).root;
    expect(store.depth(one, member(0))).toBe(1);
  });

  it('asks the store once per level, not once per key', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(20_000));
    store.forget();
    store.rounds = 0;
    store.ask(() => lookupStates(root, members(20_000).slice(0, 100), store));
    expect(store.rounds).toBeLessThanOrEqual(5);
    store.forget();
    store.rounds = 0;
    store.update(
      root,
      members(100).map((entry) => ({ ...entry, eventNid: undefined })),
    );
    expect(store.rounds).toBeLessThanOrEqual(6);
  });
});

describe('diffStates', () => {
  it('equals the naive difference', () => {
    fc.assert(
      fc.property(batches, batches, paths, (first, second, pathOf) => {
        const store = new NodeStore(pathOf);
        const before = first.reduce((at, changes) => store.update(at, changes).root, EMPTY_ROOT);
        const after = second.reduce((at, changes) => store.update(at, changes).root, before);
        const old = byName(store.entries(before));
        const recent = byName(store.entries(after));
        store.forget();
        const diff = store.ask(() => diffStates(before, after, store, pathOf));
        const differences = diff.differences;
        const expected = Object.keys({ ...old, ...recent }).filter((name) => old[name] !== recent[name]);
        expect(differences.map(nameOfStateKey).sort()).toEqual(expected.sort());
        for (const found of differences) {
          expect(found.before).toBe(old[nameOfStateKey(found)]);
          expect(found.after).toBe(recent[nameOfStateKey(found)]);
        }
      }),
    );
  });

  it('reads only what differs', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(5_000));
    const branch = store.update(root, [{ ...member(1), eventNid: 90_000 }]).root;
    store.forget();
    store.ask(() => diffStates(root, branch, store));
    expect(store.loaded.size).toBeLessThanOrEqual(2 * 5);
    store.forget();
    expect(store.ask(() => diffStates(root, root, store))).toEqual({ outcome: 'compared', differences: [] });
    expect(store.loaded.size).toBe(0);
  });
});

describe('diffStates with one state loaded', () => {
  it('asks for no node that both states share', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(5_000));
    const branch = store.update(root, [{ ...member(1), eventNid: 90_000 }]).root;
    store.forget();
    store.entries(root);
    const loadedBefore = store.loaded.size;
    store.ask(() => diffStates(root, branch, store));
    expect(store.loaded.size - loadedBefore).toBe(store.depth(branch, member(1)));
    store.forget();
    store.load([root]);
    expect(diffStates(root, branch, store)).toEqual({ outcome: 'missing', nodeIds: [branch] });
  });
});

describe('findStateConflicts', () => {
  it('equals the naive split over any number of branches', () => {
    fc.assert(
      fc.property(batches, fc.array(batch, { maxLength: 6, size: 'max' }), (base, branches) => {
        const store = new NodeStore();
        const fork = base.reduce((at, changes) => store.update(at, changes).root, EMPTY_ROOT);
        const roots = branches.map((changes) => store.update(fork, changes).root);
        const states = roots.map((root) => byName(store.entries(root)));
        store.forget();
        const split = store.ask(() => findStateConflicts(roots, store));
        const conflicts = split.conflicts;
        const names = new Set(states.flatMap((state) => Object.keys(state)));
        const expected = [...names].filter((name) => new Set(states.map((state) => state[name])).size > 1);
        expect(conflicts.map(nameOfStateKey).sort()).toEqual(expected.sort());
        for (const found of conflicts) {
          expect(found.eventNids).toEqual(states.map((state) => state[nameOfStateKey(found)]));
        }
      }),
    );
  });
});

describe('listState', () => {
  const create: StateEntry = { type: 'm.room.create', stateKey: '', eventNid: 50_000 };
  const children = Array.from({ length: 50 }, (_, i) => ({ type: 'm.space.child', stateKey: `!r${i}`, eventNid: i }));

  it('lists members, everything else, and one type, in pages of any size', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, [...members(700), create, ...children]);
    for (const limit of [1, 7, 100, 10_000]) {
      expect(byName(store.entries(root, 'all', limit))).toEqual(byName([...members(700), create, ...children]));
      expect(byName(store.entries(root, 'members', limit))).toEqual(byName(members(700)));
      expect(byName(store.entries(root, 'nonMembers', limit))).toEqual(byName([create, ...children]));
      expect(byName(store.entries(root, { type: 'm.space.child' }, limit))).toEqual(byName(children));
      expect(byName(store.entries(root, { type: 'm.room.member' }, limit))).toEqual(byName(members(700)));
      expect(store.entries(root, { type: 'm.room.topic' }, limit)).toEqual([]);
    }
  });

  it('lists a part of a state so small that all of it is one leaf', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, [...members(3), create]);
    expect(byName(store.entries(root, 'members'))).toEqual(byName(members(3)));
    expect(store.entries(root, 'nonMembers')).toEqual([create]);
    expect(store.entries(root, { type: 'm.room.create' })).toEqual([create]);
    expect(store.entries(root, { type: 'm.room.name' })).toEqual([]);
  });

  it('goes on in the middle of a leaf when the other root has less', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(200));
    const first = store.ask(() => listState(root, { select: 'all', limit: 100 }, store));
    const remaining = new Set([...first.entries.slice(0, 3), ...store.entries(root).slice(-3)].map(nameOfStateKey));
    const removed = members(200).filter((entry) => !remaining.has(nameOfStateKey(entry)));
    const smaller = store.update(
      root,
      removed.map((entry) => ({ ...entry, eventNid: undefined })),
    ).root;
    const second = store.ask(() => listState(smaller, { select: 'all', limit: 100, from: first.next }, store));
    expect(byName(second.entries)).toEqual(byName(store.entries(root).slice(-3)));
  });

  it('gives no entry twice and pages no larger than the limit and a leaf', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(900));
    const page = store.ask(() => listState(root, { select: 'all', limit: 100 }, store));
    expect(page.entries.length).toBeGreaterThanOrEqual(100);
    expect(page.entries.length).toBeLessThan(100 + LEAF_CAPACITY);
    expect(store.entries(root, 'all', 100)).toHaveLength(900);
  });

  it('lists all state but the members without touching the members', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, [...members(20_000), create]);
    store.forget();
    expect(store.entries(root, 'nonMembers')).toEqual([create]);
    expect(store.loaded.size).toBe(2);
  });

  it('lists one type of a space without touching the others', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, [
      create,
      ...Array.from({ length: 5_000 }, (_, i) => ({ type: 'm.space.child', stateKey: `!r${i}`, eventNid: i })),
    ]);
    store.forget();
    expect(store.entries(root, { type: 'm.room.create' })).toEqual([create]);
    expect(store.loaded.size).toBeLessThanOrEqual(4);
  });

  it('goes on over another root without skipping or repeating what both have', () => {
    fc.assert(
      fc.property(batches, batch, fc.integer({ min: 1, max: 20 }), (base, more, limit) => {
        const store = new NodeStore();
        const root = base.reduce((at, changes) => store.update(at, changes).root, EMPTY_ROOT);
        const later = store.update(root, more).root;
        const first = store.ask(() => listState(root, { select: 'all', limit }, store));
        if (first.next === undefined) return;
        const request = { select: 'all', limit: 1_000_000, from: first.next } as const;
        const second = store.ask(() => listState(later, request, store));
        const touched = new Set(more.map(nameOfStateKey));
        const both = [...first.entries, ...second.entries].map(nameOfStateKey);
        const expected = store.entries(root).map(nameOfStateKey);
        expect(both.filter((name) => !touched.has(name)).sort()).toEqual(
          expected.filter((name) => !touched.has(name)).sort(),
        );
      }),
    );
  });
});

describe('markReachable', () => {
  it('does not enter what is already marked', () => {
    const store = new NodeStore();
    const { root } = store.update(EMPTY_ROOT, members(1_000));
    const branch = store.update(root, [{ ...member(1), eventNid: 90_000 }]);
    store.entries(root);
    store.entries(branch.root);
    const visits: number[] = [];
    const nodes = { find: (id: number) => (visits.push(id), store.find(id)) };
    markReachable([root, branch.root, root], { nodes, marked: new Set(), limit: 100_000 });
    expect(visits).toHaveLength(store.loaded.size);
    expect(new Set(visits)).toEqual(new Set(store.loaded.keys()));
  });

  it('marks exactly the nodes of the given roots, in pieces, from a cold store', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 50 }), (sequence, limit) => {
        const store = new NodeStore();
        const roots: number[] = [];
        for (const changes of sequence) roots.push(store.update(roots.at(-1) ?? EMPTY_ROOT, changes).root);
        const kept = roots.filter((_, i) => i % 2 === 0);
        store.forget();
        const marked = new Set<number>();
        let pending: readonly number[] = kept;
        while (pending.length > 0) {
          const piece = markReachable(pending, { nodes: store, marked, limit });
          if (piece.outcome === 'missing') store.load(piece.nodeIds);
          pending = piece.pending;
        }
        const expected = new Set<number>();
        const collect = (id: number): void => {
          if (id === EMPTY_ROOT) return;
          expected.add(id);
          const node = decodeStateNode(store.stored.get(id) ?? new Uint8Array());
          if (node.kind === 'inner') node.children.forEach(collect);
        };
        kept.forEach(collect);
        expect(marked).toEqual(expected);
      }),
    );
  });
});
