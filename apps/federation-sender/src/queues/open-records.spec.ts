import { beforeEach, describe, expect, it } from 'vitest';
import type { OpenRecord } from './open-records.ts';
import { OpenRecords } from './open-records.ts';

const FRESH = { nextOffset: 5, incarnation: 'a', seen: { 1: 3 }, generation: 1 };

describe('OpenRecords', () => {
  let records: OpenRecords;
  beforeEach(() => {
    records = new OpenRecords(FRESH);
  });

  function take(offset: number, roomShard: number, position: number, waiting = 1): OpenRecord {
    const record = {
      offset,
      roomShard,
      roomNid: 1,
      roomId: '!r',
      eventNid: position,
      position,
      acceptedAt: 0,
      waiting,
    };
    records.take(record, position);
    return record;
  }

  it('knows which positions were seen', () => {
    expect(records.isNew(1, 3, 1)).toBe(false);
    expect(records.isNew(1, 4, 1)).toBe(true);
    take(5, 1, 4);
    expect(records.isNew(1, 4, 1)).toBe(false);
    expect(records.isNew(2, 1, 1)).toBe(true);
  });

  it('holds the offset, and what was seen, at the first record that waits', () => {
    const first = take(5, 1, 4);
    const second = take(6, 2, 9, 2);
    records.pass(7);
    expect(records.progress()).toEqual(FRESH);
    second.waiting = 0;
    expect(records.progress()).toEqual(FRESH);
    first.waiting = 0;
    expect(records.progress()).toEqual({ nextOffset: 8, incarnation: 'a', seen: { 1: 4, 2: 9 }, generation: 1 });
    expect(records.size).toBe(0);
  });

  it('takes no record twice', () => {
    expect(records.pass(4)).toBe(false);
    expect(records.pass(5)).toBe(true);
    expect(records.pass(5)).toBe(false);
  });

  it('forgets what it saw when the deployment was restored', () => {
    expect(records.isNew(1, 1, 2)).toBe(true);
    expect(records.isNew(1, 9, 1)).toBe(false);
    expect(records.progress().generation).toBe(2);
  });

  it('begins elsewhere when the topic was made anew, once what the former one may have lost is done', () => {
    const waiting = take(5, 1, 4);
    records.reset(0, 'b');
    expect(records.nextOffset).toBe(0);
    expect(records.isNew(1, 4, 1)).toBe(false);
    const lost = { ...waiting, offset: -1, position: 5, waiting: 1 };
    records.takeLost(lost, 5);
    records.recovered();
    const next = take(0, 1, 6);
    expect(records.progress()).toEqual(FRESH);
    waiting.waiting = 0;
    expect(records.progress()).toEqual({ ...FRESH, seen: { 1: 4 } });
    lost.waiting = 0;
    expect(records.hasUnstoredProgress).toBe(true);
    expect(records.progress()).toEqual({ nextOffset: 0, incarnation: 'b', seen: { 1: 5 }, generation: 1 });
    next.waiting = 0;
    expect(records.progress()).toEqual({ nextOffset: 1, incarnation: 'b', seen: { 1: 6 }, generation: 1 });
  });

  it('would begin as if it had not begun while something may be missing', () => {
    records.reset(0, 'b');
    expect(records.isRecovering).toBe(true);
    expect(records.progress()).toEqual(FRESH);
    records.recovered();
    expect(records.progress()).toEqual({ ...FRESH, nextOffset: 0, incarnation: 'b' });
  });

  it('misses nothing of a topic that it reads for the first time', () => {
    records = new OpenRecords({ nextOffset: 0, incarnation: '', seen: {}, generation: 0 });
    records.reset(0, 'a');
    expect(records.isRecovering).toBe(false);
    expect(records.progress()).toMatchObject({ nextOffset: 0, incarnation: 'a' });
  });
});
