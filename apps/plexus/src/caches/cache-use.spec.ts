import { expect, it } from 'vitest';
import { readCacheUse } from './cache-use.ts';
import { readSamples } from './read-samples.ts';

function page(count: number): string {
  return [
    '# HELP plexus_cache_factor The factor.',
    'plexus_cache_factor{name="events"} 2',
    'plexus_cache_capacity{name="events",tier="process"} 20480',
    'plexus_cache_capacity{name="events",tier="shared"} 40960',
    'plexus_cache_entry_bytes{name="events"} 700.5',
    `plexus_cache_hits_total{name="events",tier="process"} ${60 * count}`,
    `plexus_cache_hits_total{name="events",tier="shared"} ${30 * count}`,
    `plexus_cache_misses_total{name="events"} ${10 * count}`,
    'plexus_cache_sampled_one_in{name="events"} 16',
    `plexus_cache_sampled_lookups_total{name="events"} ${8 * count}`,
    `plexus_cache_sampled_hits_total{name="events",factor="0.5"} ${4 * count}`,
    `plexus_cache_sampled_hits_total{name="events",factor="8"} ${7 * count}`,
    'http_requests_total{path="/a\\"b"} 5 1700000000000',
    'up 1',
  ].join('\n');
}

it('adds up what all processes say of a cache', () => {
  expect(readCacheUse([readSamples(page(1)), readSamples(page(2))])).toEqual([
    {
      name: 'events',
      processes: 2,
      factor: 2,
      baseSize: 10_240,
      lookups: 300,
      meanBytes: 700.5,
      sampled: { oneIn: 16, lookups: 24, hits: { 0.25: 0, 0.5: 12, 1: 0, 2: 0, 4: 0, 8: 21 } },
    },
  ]);
});

it('counts what was looked up between two looks', () => {
  const [use] = readCacheUse([readSamples(page(5))], [readSamples(page(3))]);
  expect(use).toMatchObject({ lookups: 200, sampled: { lookups: 16 }, processes: 1 });
});

it('takes the sample for its share of the look-ups where processes do not say which share it is', () => {
  const silent = page(3).replace(/^plexus_cache_sampled_one_in.*\n/m, '');
  expect(readCacheUse([readSamples(silent)])[0]?.sampled).toMatchObject({ oneIn: 300 / 24, lookups: 24 });
});

it('reads labels with escapes, times, and no labels', () => {
  expect(readSamples(page(1)).slice(-2)).toEqual([
    { metric: 'http_requests_total', labels: { path: '/a"b' }, value: 5 },
    { metric: 'up', labels: {}, value: 1 },
  ]);
});
