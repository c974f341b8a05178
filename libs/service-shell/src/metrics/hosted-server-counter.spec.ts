import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { HostedServerCounter } from './hosted-server-counter.ts';

it('has series of the chosen servers only, however many others there are', async () => {
  const registry = new Registry();
  const counter = new HostedServerCounter(registry, { name: 'events_total', help: 'Events.', servers: ['one.test'] });
  for (let index = 0; index < 1_000; index += 1) counter.add(`server-${index}.test`);
  counter.add('one.test', 3);
  const series = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(series).toEqual(['plexus_hosted_server_events_total{hosted_server="one.test"} 3']);
  expect(counter.isOn).toBe(true);
  expect(new HostedServerCounter(new Registry(), { name: 'n_total', help: 'N.', servers: [] }).isOn).toBe(false);
});
