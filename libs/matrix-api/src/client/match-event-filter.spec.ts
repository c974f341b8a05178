import { describe, expect, it } from 'vitest';
import { matchesEventFilter, matchesRoom } from './match-event-filter.ts';

const message = { type: 'm.room.message', sender: '@a:one.example', content: { body: 'x' } };

describe('matchesEventFilter', () => {
  it.each([
    ['everything', {}, true],
    ['its type', { types: ['m.room.message'] }, true],
    ['a wildcard at the end', { types: ['m.room.*'] }, true],
    ['a wildcard at the start', { types: ['*message'] }, true],
    ['wildcards in the middle', { types: ['m.*o*.m*e'] }, true],
    ['a lone wildcard', { types: ['*'] }, true],
    ['another type', { types: ['m.room.name'] }, false],
    ['a prefix without a wildcard', { types: ['m.room'] }, false],
    ['a wildcard whose ends would overlap', { types: ['m.room.mess*message'] }, false],
    ['no type at all', { types: [] }, false],
    ['an excluded type, even if included', { types: ['*'], not_types: ['m.room.message'] }, false],
    ['its sender', { senders: ['@a:one.example'] }, true],
    ['another sender', { senders: ['@b:one.example'] }, false],
    ['an excluded sender, even if included', { senders: ['@a:one.example'], not_senders: ['@a:one.example'] }, false],
    ['events with a url', { contains_url: true }, false],
    ['events without a url', { contains_url: false }, true],
  ])('decides on %s', (_what, filter, expected) => {
    expect(matchesEventFilter(message, filter)).toBe(expected);
  });

  it('is fast for many wildcards', () => {
    const started = performance.now();
    matchesEventFilter({ ...message, type: 'a'.repeat(255) }, { types: ['*a'.repeat(120) + 'b'] });
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('matchesRoom', () => {
  it('leaves an excluded room out even if it is included', () => {
    expect(matchesRoom('!a:b', { rooms: ['!a:b'], not_rooms: ['!a:b'] })).toBe(false);
    expect(matchesRoom('!a:b', { rooms: ['!c:d'] })).toBe(false);
    expect(matchesRoom('!a:b', {})).toBe(true);
  });
});
