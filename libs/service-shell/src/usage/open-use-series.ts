import type { Registry } from 'prom-client';
import { HostedServerCounter } from '../metrics/hosted-server-counter.ts';
import type { UseSeries } from './server-use-meter.ts';

/** Series of what is done for the hosted servers that the operator has given series of their own. */
export function openUseSeries(registry: Registry, servers: readonly string[]): UseSeries {
  const counter = (name: string, help: string): HostedServerCounter =>
    new HostedServerCounter(registry, { name, help, servers });
  return {
    trafficBytes: counter('traffic_bytes_total', 'Bytes of requests and answers.'),
    eventBytes: counter('event_bytes_total', 'Bytes of events that were stored.'),
  };
}
