import type { StagedEvent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { FakeStagedEvents } from '../../test-support/remote-rooms-harness.ts';
import { stageEvents } from './stage-events.ts';

const PLACE = { shard: 1, importId: 'import' };

function events(prefix: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({ eventId: `$${prefix}${index}`, bytes: Buffer.from('{}') }));
}

function atDepths(prefix: string, depths: readonly number[]) {
  return depths.map((depth) => ({ eventId: `$${prefix}${depth}`, bytes: Buffer.from('{}'), depth }));
}

it('stages what is cited before what cites it and the timeline last, each at a place of its own', async () => {
  const staged = new FakeStagedEvents();
  const [stored, state] = [events('s', 1), atDepths('s', [1, 4, 9])];
  await stageEvents(staged, PLACE, {
    timeline: events('t', 2),
    auth: atDepths('a', [2, 3, 10]),
    state: [...stored, ...state],
  });
  const rows = staged.staged.get('import') ?? [];
  expect(rows.map(({ ordinal, part, eventId }) => [ordinal, part, eventId])).toEqual([
    [0, 'state', '$s0'],
    [1, 'state', '$s1'],
    [2, 'auth', '$a2'],
    [3, 'auth', '$a3'],
    [4, 'state', '$s4'],
    [5, 'state', '$s9'],
    [6, 'auth', '$a10'],
    [7, 'timeline', '$t0'],
    [8, 'timeline', '$t1'],
  ]);
});

it('stages much in pieces', async () => {
  const pieces: number[] = [];
  const writer = { stageEvents: async (_: object, rows: readonly StagedEvent[]) => void pieces.push(rows.length) };
  await stageEvents(writer, PLACE, { state: events('s', 1_200) });
  expect(pieces).toEqual([500, 500, 200]);
});
