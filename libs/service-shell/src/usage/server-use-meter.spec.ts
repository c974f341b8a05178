import type { ServerUse } from '@plexus/storage';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { openUseSeries } from './open-use-series.ts';
import { ServerUseMeter } from './server-use-meter.ts';

const NOTHING: ServerUse = {
  requests: 0,
  receivedBytes: 0,
  sentBytes: 0,
  events: 0,
  eventBytes: 0,
  transactions: 0,
  sentEvents: 0,
};

it('counts by hosted server, and keeps nothing of one that does nothing', () => {
  const meter = new ServerUseMeter();
  meter.request('a.test', { receivedBytes: 1, sentBytes: 2 });
  meter.request('a.test', { receivedBytes: 10, sentBytes: 20 });
  meter.eventsStored('b.test', 2, 500);
  meter.transactionSent('b.test', 3);
  expect(meter.take()).toEqual(
    new Map([
      ['a.test', { ...NOTHING, requests: 2, receivedBytes: 11, sentBytes: 22 }],
      ['b.test', { ...NOTHING, events: 2, eventBytes: 500, transactions: 1, sentEvents: 3 }],
    ]),
  );
  expect(meter.take().size).toBe(0);
});

it('has series of the hosted servers that were chosen', async () => {
  const registry = new Registry();
  const meter = new ServerUseMeter(openUseSeries(registry, ['a.test']));
  for (const name of ['a.test', 'b.test']) {
    meter.request(name, { receivedBytes: 1, sentBytes: 2 });
    meter.eventsStored(name, 2, 500);
  }
  const series = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(series).toEqual([
    'plexus_hosted_server_traffic_bytes_total{hosted_server="a.test"} 3',
    'plexus_hosted_server_event_bytes_total{hosted_server="a.test"} 500',
  ]);
});

it('stores now and then and at the end, and loses nothing where that fails for a while', async () => {
  const meter = new ServerUseMeter();
  const stopping = new AbortController();
  const stored: ReadonlyMap<string, ServerUse>[] = [];
  const failures: unknown[] = [];
  let turns = 0;
  meter.request('a.test', { receivedBytes: 1, sentBytes: 2 });
  await meter.storeUntil(stopping.signal, {
    counter: {
      addUse: async (uses) => {
        if (failures.length === 0) throw new Error('away');
        stored.push(uses);
      },
    },
    clock: {
      delay: async () => {
        turns += 1;
        meter.request('a.test', { receivedBytes: 1, sentBytes: 2 });
        if (turns === 3) stopping.abort();
      },
    },
    failed: (error) => failures.push(error),
  });
  expect(failures).toHaveLength(1);
  expect(stored.map((uses) => uses.get('a.test')?.requests)).toEqual([3, 1]);
});
