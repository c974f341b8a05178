import type { StateChange } from '@plexus/room-dag';
import { EMPTY_ROOT } from '@plexus/room-dag';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoredStates } from '../../test-support/stored-states.ts';
import type { StateLimits } from './large-states.ts';
import { LargeStates } from './large-states.ts';
import type { NumberedConflict, NumberedEntry, ResolutionTask, StateTask } from './state-resolver.ts';

const MEMBERS = 100_000;
/** Some milliseconds of work: a place that is compared has eight entries at most. */
const MOST_PER_TURN = 4_000;
/** Events with higher numbers are not stored yet. */
const LAST_STORED = 900_000;
const PLACE = { shard: 3, roomNid: 1, roomId: '!r:one.example', roomVersion: '11' };

/** Of two events of one key the later one, of an event and none the event. */
function winnerOf({ eventNids }: NumberedConflict): number | undefined {
  return eventNids.reduce((won, eventNid) => (eventNid !== undefined && eventNid > (won ?? 0) ? eventNid : won));
}

function resolveByNumber({ conflicts }: ResolutionTask): NumberedEntry[] {
  return conflicts.map((conflict): NumberedEntry => {
    const { type, stateKey } = conflict;
    const eventNid = winnerOf(conflict);
    const isLate = eventNid !== undefined && eventNid > LAST_STORED;
    return isLate ? { type, stateKey, eventNid: undefined, eventId: `$${eventNid}` } : { type, stateKey, eventNid };
  });
}

function taskOf(roots: readonly number[]): StateTask {
  return { ...PLACE, roots, nodes: new Map(), uncommitted: [] };
}

function build(states: StoredStates, limits?: StateLimits) {
  const turns: number[] = [];
  const large = new LargeStates(
    {
      resolver: { resolve: async (task) => resolveByNumber(task) },
      rooms: states.rooms,
      servers: { isHosted: (serverName) => serverName === 's3.example' },
      clock: { now: () => 0, delay: async () => undefined },
      enqueue: (item) => states.run(item),
      turned: (entries) => void turns.push(entries),
    },
    limits,
  );
  return { large, turns };
}

function member(index: number, eventNid: number | undefined): StateChange {
  return { type: 'm.room.member', stateKey: `@u${index}:s${index % 7}.example`, eventNid };
}

function membershipOf(eventNid: number): string {
  return eventNid > 200_000 && eventNid % 3 === 0 ? 'leave' : 'join';
}

function inOrder(list: readonly NumberedEntry[]): string[] {
  return list.map((entry) => JSON.stringify(entry)).sort();
}

describe('LargeStates', () => {
  it('makes and counts a state of 100,000 changed entries without a turn that is long', async () => {
    const states = new StoredStates(membershipOf);
    const indexes = Array.from({ length: MEMBERS }, (_, index) => index);
    const topic = { type: 'm.room.topic', stateKey: '' };
    const here = states.update(EMPTY_ROOT, [
      { ...topic, eventNid: 1 },
      ...indexes.filter((index) => index % 2 === 0).map((index) => member(index, index + 2)),
    ]);
    const there = states.update(EMPTY_ROOT, [
      { ...topic, eventNid: 200_001 },
      ...indexes.map((index) => member(index, index + 200_002)),
    ]);
    const { large, turns } = build(states);
    const made = await large.makeState(taskOf([here, there]));
    expect(made.late).toEqual([]);
    expect(JSON.stringify(states.shape(made.root)) === JSON.stringify(states.shape(there))).toBe(true);
    expect(Math.max(...turns)).toBeLessThanOrEqual(MOST_PER_TURN);
    expect(turns.length).toBeGreaterThan((3 * MEMBERS) / MOST_PER_TURN);

    turns.length = 0;
    const { kept, residency, ...counts } = await large.countTransition({ ...PLACE, from: here, to: made.root });
    const after = states.entries(made.root).filter(({ type }) => type === 'm.room.member');
    const joinedAfter = after.filter(({ eventNid }) => membershipOf(eventNid) === 'join').length;
    expect(counts).toEqual({ from: here, to: made.root, joinedDelta: joinedAfter - MEMBERS / 2, invitedDelta: 0 });
    expect(residency.reduce((sum, { joinedDelta }) => sum + joinedDelta, 0)).toBe(counts.joinedDelta);
    expect(residency).toHaveLength(7);
    const hosted = indexes.filter((index) => index % 7 === 3).length;
    expect(kept.filter(({ stateKey }) => stateKey.endsWith(':s3.example')).length).toBe(hosted);
    expect(kept.filter(({ stateKey }) => !stateKey.endsWith(':s3.example')).length).toBeLessThanOrEqual(2);
    expect(kept).toContainEqual({ ...topic, eventNid: 200_001 });
    expect(Math.max(...turns)).toBeLessThanOrEqual(MOST_PER_TURN);
  }, 60_000);

  const change: fc.Arbitrary<StateChange> = fc
    .tuple(fc.constantFrom('m.room.member', 'm.room.topic', 'x'), fc.nat(40), fc.nat(9), fc.boolean())
    .map(([type, key, number, isLate]) => {
      return { type, stateKey: `${key}`, eventNid: number === 0 ? undefined : number + (isLate ? LAST_STORED : 0) };
    });
  const changes = fc.array(change, { maxLength: 60, size: 'max' });
  const limit = fc.integer({ min: 1, max: 30 });

  it('comes to the state that is made at once, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.array(changes, { minLength: 2, maxLength: 4 }),
        limit,
        limit,
        async (base, branches, places, entries) => {
          const states = new StoredStates();
          const stored = base.filter(({ eventNid }) => (eventNid ?? 0) <= LAST_STORED);
          const fork = states.update(EMPTY_ROOT, stored);
          const [first = [], ...others] = branches;
          const onlyStored = first.filter(({ eventNid }) => (eventNid ?? 0) <= LAST_STORED);
          const roots = [onlyStored, ...others].map((branch) => states.update(fork, branch));
          const { large } = build(states, { placesHere: 1, placesAtOnce: places, entriesAtOnce: entries });
          const { root, late } = await large.makeState(taskOf(roots));
          const conflicts = states.conflicts(roots);
          const resolved = resolveByNumber({ ...PLACE, conflicts, base: roots[0] ?? 0, uncommitted: [] });
          const atOnce = states.update(
            roots[0] ?? 0,
            resolved.filter(({ eventId }) => eventId === undefined),
          );
          expect(JSON.stringify(states.shape(root))).toBe(JSON.stringify(states.shape(atOnce)));
          expect(inOrder(late)).toEqual(inOrder(resolved.filter(({ eventId }) => eventId !== undefined)));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('fails where a piece cannot be stored, and where nodes are gone', async () => {
    const states = new StoredStates();
    const [here, there] = [1, 2].map((nid) => states.update(EMPTY_ROOT, [member(1, nid)]));
    const { large } = build(states);
    const lost = { ...PLACE, roots: [here ?? 0, 9_999], nodes: new Map(), uncommitted: [] };
    await expect(large.makeState(lost)).rejects.toThrow('is not stored');
    const refusing = new LargeStates({
      resolver: { resolve: async (task) => resolveByNumber(task) },
      rooms: states.rooms,
      servers: { isHosted: () => false },
      clock: { now: () => 0, delay: async () => undefined },
      enqueue: (item) => item.settle({ outcome: 'notOwner' }),
    });
    await expect(refusing.makeState(taskOf([here ?? 0, there ?? 0]))).rejects.toThrow('notOwner');
  });
});
