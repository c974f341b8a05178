import { expect, it } from 'vitest';
import { chooseTimeline } from './choose-timeline.ts';
import type { VerifiedEvent } from './verify-events.ts';

function event(eventId: string, depth: number, previous: readonly string[]): VerifiedEvent {
  return { eventId, depth, bytes: Buffer.from(''), isRedactedCopy: false, pdu: { prev_events: [...previous] } };
}

function choose(events: readonly VerifiedEvent[], placed: readonly string[] = []) {
  const { events: chosen, anchor } = chooseTimeline(events, new Set(placed));
  return { chosen: chosen.map(({ eventId }) => eventId), anchor: anchor?.eventId };
}

it('begins with the event whose predecessors nobody gave', () => {
  const events = [event('b', 2, ['a']), event('c', 3, ['b']), event('d', 4, ['c'])];
  expect(choose(events)).toEqual({ chosen: ['b', 'c', 'd'], anchor: 'b' });
});

it('needs no state where everything follows what is here', () => {
  expect(choose([event('b', 2, ['a']), event('c', 3, ['b'])], ['a'])).toEqual({
    chosen: ['b', 'c'],
    anchor: undefined,
  });
});

it('takes a room from its beginning on', () => {
  expect(choose([event('a', 1, []), event('b', 2, ['a'])])).toEqual({ chosen: ['a', 'b'], anchor: undefined });
});

it('begins with the newest of several beginnings', () => {
  const events = [event('b', 2, ['a']), event('x', 3, ['w']), event('c', 3, ['b']), event('d', 4, ['x'])];
  expect(choose(events)).toEqual({ chosen: ['x', 'd'], anchor: 'x' });
});

it('leaves out what follows something that is not taken', () => {
  const events = [event('b', 2, ['a']), event('x', 5, ['w']), event('d', 6, ['x', 'b'])];
  expect(choose(events)).toEqual({ chosen: ['x'], anchor: 'x' });
});

it('does not trust depths', () => {
  const events = [event('c', 1, ['b']), event('b', 9, ['a'])];
  expect(choose(events, ['a']).chosen).toEqual(['b', 'c']);
});

it('leaves out what is here', () => {
  expect(choose([event('b', 2, ['a']), event('c', 3, ['b'])], ['a', 'b']).chosen).toEqual(['c']);
});
