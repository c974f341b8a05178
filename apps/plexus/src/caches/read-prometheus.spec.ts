import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { readPrometheus } from './read-prometheus.ts';

it('asks for the caches of every process, as they were', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(JSON.stringify({ status: 'success', data: { result: [seriesOf('a', '5'), seriesOf('b', '7')] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pages = await readPrometheus(`http://127.0.0.1:${port}/behind`, 600, 1_700_000_600_000);
  expect(pages.map((page) => page.map(({ metric, labels, value }) => [metric, labels['name'], value]))).toEqual([
    [['plexus_cache_misses_total', 'events', 5]],
    [['plexus_cache_misses_total', 'events', 7]],
  ]);
  const query = new URL(asked[0] ?? '', 'http://x').searchParams;
  expect(asked[0]).toMatch(/^\/behind\/api\/v1\/query\?/);
  expect([query.get('query'), query.get('time')]).toEqual(['{__name__=~"plexus_cache_.*"}', '1700000000']);
  await new Promise((resolve) => server.close(resolve));
});

it('says which server cannot be asked, and why', async () => {
  await expect(readPrometheus('http://127.0.0.1:1', 0, 0)).rejects.toThrow(
    /^Prometheus at http:\/\/127\.0\.0\.1:1 cannot be asked: (?!fetch failed)/,
  );
  await expect(readPrometheus('prometheus', 0, 0)).rejects.toThrow('"prometheus" is no URL');
});

function seriesOf(instance: string, value: string): object {
  const metric = { __name__: 'plexus_cache_misses_total', name: 'events', instance };
  return { metric, value: [1_700_000_000, value] };
}
