import { expect, it } from 'vitest';
import { mergeReports } from './keep-results.ts';
import type { KeptResult } from './report.ts';
import { renderReport } from './report.ts';

function resultOf(scenario: string, perSecond: number): KeptResult {
  const summary = { perSecond, cpuPerThousand: 10 / perSecond, medianMs: 1, p95Ms: 2, p99Ms: 3, memoryMiB: 4 };
  const peer = { ...summary, perSecond: 2, cpuPerThousand: 5 };
  return {
    scenario,
    unit: 'send',
    at: '2026-01-01',
    seconds: 4,
    rounds: 2,
    targets: { Synapse: peer, Plexus: summary },
  };
}

it('replaces the scenarios that were run again and keeps the others', () => {
  const earlier = { facts: ['old'], results: [resultOf('a', 10), resultOf('b', 20)] };
  const merged = mergeReports(earlier, { facts: [], results: [resultOf('a', 30)] });
  expect(merged).toEqual({ facts: ['old'], results: [resultOf('b', 20), resultOf('a', 30)] });
});

it('compares each target with the peer of the same run', () => {
  const [line] = renderReport({ facts: [], results: [resultOf('a', 10)] })
    .split('\n')
    .filter((text) => text.includes('| Plexus |'));
  expect(line).toBe('| a | Plexus | 10.0 | 5.0 | 1.00 | 5.0 | 1.00 | 2.00 | 3.00 | 4 |');
});
