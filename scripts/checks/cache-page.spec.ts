import { CACHE_BASE_SIZES } from '@plexus/cache';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const row = /^\| `(\w+)` +\| +(\d+) +\| +(\d+) +\| (.+?) +\|$/gm;

it('has every cache on the page for operators, with its base sizes and what a miss costs', () => {
  const page = readFileSync(new URL('../../docs/operating/caches.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(row)].map(([, name = '', process, shared]) => [
    name,
    { process: Number(process), shared: Number(shared) },
  ]);
  expect(Object.fromEntries(listed)).toEqual(CACHE_BASE_SIZES);
  expect(listed).toHaveLength(Object.keys(CACHE_BASE_SIZES).length);
});
