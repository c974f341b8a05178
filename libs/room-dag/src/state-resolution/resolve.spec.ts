import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREATE_ID } from '../../test-support/build-event.ts';
import type { Move } from '../../test-support/random-room.ts';
import { mixStates, RandomRoom } from '../../test-support/random-room.ts';
import { Book, resolveByTheBook } from '../../test-support/reference-resolution.ts';
import { loadedInput, resolveWithLoading } from '../../test-support/resolution-caller.ts';
import { authDifference } from './auth-difference.ts';
import { conflictedSubgraph } from './conflicted-subgraph.ts';
import { selectPowerEvents, sortByPower } from './power-sort.ts';
import { resolveState } from './resolve.ts';
import { RoomReader } from './room-reader.ts';
import { conflictedEventIds, splitConflicted } from './split-conflicted.ts';

const move: fc.Arbitrary<Move> = fc.record({
  actor: fc.nat(4),
  kind: fc.nat(11),
  target: fc.nat(4),
  value: fc.nat(60),
  previous: fc.array(fc.nat(11), { minLength: 1, maxLength: 3 }),
  time: fc.nat(20),
});

/** `mix` makes states that no history has: each entry from one state or another, as servers with wrong state would have them. */
const setting = fc.record({
  moves: fc.array(move, { minLength: 5, maxLength: 60, size: 'max' }),
  rejected: fc.array(fc.nat(20), { maxLength: 3 }),
  ends: fc.array(fc.nat(60), { minLength: 2, maxLength: 5 }),
  mix: fc.option(fc.array(fc.nat(5), { minLength: 3, maxLength: 12 }), { nil: undefined }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

function play(version: string, { moves, rejected, ends, mix }: Setting) {
  const room = new RandomRoom(version);
  for (const step of moves) room.play(step);
  for (const choice of rejected) room.rejectSome(choice);
  const ids = room.eventIds;
  const states = ends.map((end) => room.stateAfter(ids[ids.length - 1 - (end % ids.length)] ?? ''));
  return { room, states: mix === undefined ? states : mixStates(states, mix) };
}

function readerOf(version: string, given: Setting) {
  const { room, states } = play(version, given);
  const input = loadedInput(states, room);
  const conflict = splitConflicted(input.conflicts);
  return { room, states, conflict, reader: new RoomReader(input, conflict), book: new Book(room) };
}

const V2_AND_LATER = ['2', '6', '10', '11', '12'];

describe('resolveState', () => {
  it.each(V2_AND_LATER)('agrees with the specification by the letter (version %s)', (version) => {
    fc.assert(
      fc.property(setting, (given) => {
        const { room, states } = play(version, given);
        expect(sorted(resolveWithLoading(states, room))).toEqual(sorted(resolveByTheBook(states, room)));
      }),
      { numRuns: 150 },
    );
  });

  it.each(['1', '2', '11', '12'])('does not depend on the order of the states (version %s)', (version) => {
    fc.assert(
      fc.property(setting, fc.infiniteStream(fc.nat(99)), (given, ranks) => {
        const { room, states } = play(version, given);
        const shuffled = states
          .map((state) => ({ state: new Map([...state].reverse()), rank: ranks.next().value }))
          .sort((a, b) => a.rank - b.rank);
        const permuted = shuffled.map(({ state }) => state);
        expect(sorted(resolveWithLoading(permuted, room))).toEqual(sorted(resolveWithLoading(states, room)));
      }),
      { numRuns: 100 },
    );
  });

  it('changes nothing where the states agree', () => {
    const { room, states } = play('11', { moves: [], rejected: [], ends: [0], mix: undefined });
    const [state] = states;
    const input = loadedInput([state ?? new Map(), state ?? new Map()], room);
    expect(resolveState(input)).toEqual({ outcome: 'resolved', changes: [] });
    const agreed = { type: 'm.room.topic', stateKey: '', eventIds: ['$a', '$a'] };
    expect(resolveState({ ...input, conflicts: [agreed] })).toEqual({
      outcome: 'resolved',
      changes: [{ type: 'm.room.topic', stateKey: '', eventId: '$a' }],
    });
  });
});

describe('the definitions', () => {
  it.each(V2_AND_LATER)('auth difference, without the create event (version %s)', (version) => {
    fc.assert(
      fc.property(setting, (given) => {
        const { states, conflict, reader, book } = readerOf(version, given);
        const difference = [...book.authDifference(states)].filter((eventId) => eventId !== CREATE_ID);
        expect([...authDifference(conflict, reader)].sort()).toEqual(difference.sort());
        expect(reader.missing).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it.each(['11', '12'])('conflicted state subgraph (version %s)', (version) => {
    fc.assert(
      fc.property(setting, (given) => {
        const { states, conflict, reader, book } = readerOf(version, given);
        const conflicted = conflictedEventIds(conflict);
        const subgraph = conflictedSubgraph(conflicted, reader);
        expect([...new Set([...conflicted, ...subgraph])].sort()).toEqual([...book.conflictedSubgraph(states)].sort());
      }),
      { numRuns: 150 },
    );
  });

  it.each(['2', '12'])('reverse topological power ordering (version %s)', (version) => {
    fc.assert(
      fc.property(setting, (given) => {
        const { states, reader, book } = readerOf(version, given);
        const full = book.fullConflictedSet(states);
        const selected = selectPowerEvents(reader.findAll(full), reader);
        const order = sortByPower(selected, reader).map(({ eventId }) => eventId);
        expect(order).toEqual(book.sortByPower(book.powerEventsOf(full)));
      }),
      { numRuns: 150 },
    );
  });
});

function sorted(state: ReadonlyMap<string, string>): [string, string][] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}
