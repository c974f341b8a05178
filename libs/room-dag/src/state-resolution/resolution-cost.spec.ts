import { describe, expect, it } from 'vitest';
import { buildLargeRoom, fullStatesOf, largeRoomInput } from '../../test-support/large-room.ts';
import { keyOf, resolveByTheBook } from '../../test-support/reference-resolution.ts';
import { loadedInput } from '../../test-support/resolution-caller.ts';
import { resolveState } from './resolve.ts';
import type { ResolutionInput } from './resolution-input.ts';

const VERSIONS = ['1', '2', '11', '12'];

/** How often resolution looks something up; auth children count each. */
function countLookups({ events, unconflicted, ...rest }: ResolutionInput): number {
  let count = 0;
  const counted: ResolutionInput = {
    ...rest,
    unconflicted: {
      findEventId: (type, stateKey) => {
        count += 1;
        return unconflicted.findEventId(type, stateKey);
      },
    },
    events: {
      ...events,
      find: (eventId) => {
        count += 1;
        return events.find(eventId);
      },
    },
  };
  expect(resolveState(counted).outcome).toBe('resolved');
  return count;
}

describe('the cost of resolution', () => {
  it.each(VERSIONS)('does not follow the number of members (version %s)', (version) => {
    const shape = { version, branches: 8, bansPerBranch: 4 };
    const small = countLookups(largeRoomInput(buildLargeRoom({ ...shape, members: 40 })));
    const large = countLookups(largeRoomInput(buildLargeRoom({ ...shape, members: 2_000 })));
    expect(large).toBe(small);
  });

  it('does not ask what cites the create event', () => {
    const { events, trunk } = buildLargeRoom({ version: '11', members: 0, branches: 0, bansPerBranch: 0 });
    const states = [new Map([...trunk].slice(0, 1)), new Map([...trunk].slice(0, 2))];
    const { events: graph, ...input } = loadedInput(states, { events, rejected: new Set() });
    const asked: string[] = [];
    const authChildren = (eventId: string): ReturnType<typeof graph.authChildren> => {
      asked.push(eventId);
      return graph.authChildren(eventId);
    };
    expect(resolveState({ ...input, events: { ...graph, authChildren } }).outcome).toBe('resolved');
    expect(asked).toEqual([]);
  });

  it.each(['2', '12'])('buys the result that full states give (version %s)', (version) => {
    const room = buildLargeRoom({ version, members: 12, branches: 5, bansPerBranch: 3 });
    const resolution = resolveState(largeRoomInput(room));
    const changes = resolution.outcome === 'resolved' ? resolution.changes : [];
    const resolved = new Map([...room.trunk, ...changes.map((change) => [keyOf(change), change.eventId] as const)]);
    expect(resolved).toEqual(resolveByTheBook(fullStatesOf(room), room));
  });
});
