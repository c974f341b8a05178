import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { EventProcessing } from './event-processing.ts';

it('shows how far behind each follower of one process is', async () => {
  const registry = new Registry();
  const sender = new EventProcessing(registry, 'federation_sender', () => 10_000);
  const bridges = new EventProcessing(registry, 'appservice_sender', () => 10_000);
  sender.processed({ rows: 5, lastEventAt: 9_500 });
  sender.processed({ rows: 2, lastEventAt: undefined });
  bridges.processed({ rows: 1, lastEventAt: 20_000 });
  const series = (await registry.metrics()).split('\n');
  expect(series).toContain('synapse_event_processing_positions{name="federation_sender"} 7');
  expect(series).toContain('synapse_event_processing_lag{name="federation_sender"} 500');
  expect(series).toContain('synapse_event_processing_last_ts{name="federation_sender"} 9500');
  expect(series).toContain('synapse_event_processing_lag_by_event_count{name="federation_sender"} 1');
  expect(series).toContain('synapse_event_processing_lag{name="appservice_sender"} 0');
});
