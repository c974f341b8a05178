import type { StagedEvent } from '@plexus/storage';
import { expect, it } from 'vitest';
import { FakeStagedEvents } from '../../test-support/remote-rooms-harness.ts';
import { stageEvents } from './stage-events.ts';

const PLACE = { shard: 1, importId: 'import' };

function events(prefix: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({ eventId: `$${prefix}${index}`, bytes: Buffer.from('{}') }));
}

it('stages what is cited before the state and the timeline last, each at a place of its own', async () => {
  const staged = new FakeStagedEvents();
  await stageEvents(staged, PLACE, { timeline: events('t', 2), auth: events('a', 1), state: events('s', 2) });
  const rows = staged.staged.get('import') ?? [];
  expect(rows.map(({ ordinal, part, eventId }) => [ordinal, part, eventId])).toEqual([
    [0, 'auth', '$a0'],
    [1, 'state', '$s0'],
    [2, 'state', '$s1'],
    [3, 'timeline', '$t0'],
    [4, 'timeline', '$t1'],
  ]);
});

it('stages much in pieces', async () => {
  const pieces: number[] = [];
  const writer = { stageEvents: async (_: object, rows: readonly StagedEvent[]) => void pieces.push(rows.length) };
  await stageEvents(writer, PLACE, { state: events('s', 1_200) });
  expect(pieces).toEqual([500, 500, 200]);
});
