import { describe, expect, it } from 'vitest';
import type { RoomLogRow } from '@plexus/storage';
import { fillTrimmed, hasHoles } from './fill-trimmed.ts';

const row = (position: number): RoomLogRow => ({
  shard: 3,
  position,
  kind: 'event',
  roomNid: 1,
  roomId: '!room',
  roomVersion: '11',
  previousRoot: 0,
  currentRoot: 0,
  event: undefined,
  transactionId: undefined,
  senderDeviceId: undefined,
  body: undefined,
});

function fill(positions: number[], range: { after: number; upTo: number; limit: number }, trimmed: number): string {
  const rows = fillTrimmed(positions.map(row), { shard: 3, ...range }, trimmed);
  return rows.map(({ position, kind }) => `${position}${kind === 'tombstone' ? 't' : ''}`).join(' ');
}

describe('fillTrimmed', () => {
  it.each([
    [[4, 6], { after: 2, upTo: 8, limit: 9 }, 10, '3t 4 5t 6 7t 8t'],
    [[4, 6], { after: 2, upTo: 8, limit: 9 }, 5, '3t 4 5t 6'],
    [[4, 6], { after: 2, upTo: 8, limit: 9 }, 2, '4 6'],
    [[4, 6], { after: 2, upTo: 8, limit: 2 }, 10, '3t 4'],
    [[4, 6], { after: 3, upTo: 8, limit: 2 }, 10, '4 5t'],
    [[], { after: 0, upTo: 3, limit: 9 }, 2, '1t 2t'],
    [[1, 2], { after: 0, upTo: 9, limit: 2 }, 9, '1 2'],
  ])('makes of %j within %j, trimmed up to %i: %s', (positions, range, trimmed, filled) => {
    expect(fill(positions, range, trimmed)).toBe(filled);
  });
});

describe('hasHoles', () => {
  it.each([
    [[1, 2], { after: 0, upTo: 2, limit: 9 }, false],
    [[1, 2], { after: 0, upTo: 9, limit: 2 }, false],
    [[1, 2], { after: 0, upTo: 9, limit: 9 }, true],
    [[1, 3], { after: 0, upTo: 9, limit: 2 }, true],
    [[2], { after: 0, upTo: 2, limit: 9 }, true],
    [[], { after: 4, upTo: 4, limit: 9 }, false],
  ])('finds in %j within %j: %s', (positions, range, expected) => {
    expect(hasHoles(positions.map(row), range)).toBe(expected);
  });
});
