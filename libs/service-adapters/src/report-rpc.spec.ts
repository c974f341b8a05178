import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RpcTelemetry } from './report-rpc.ts';

it('shows what is under way, then what came of it', async () => {
  const registry = new Registry();
  const telemetry = new RpcTelemetry(registry);
  const { promise, resolve } = Promise.withResolvers<string>();
  const followed = telemetry.follow('notices', promise);
  expect(await seriesOf(registry)).toContain('plexus_rpc_waiting_calls{service="notices"} 1');
  resolve('here');
  expect(await followed).toBe('here');
  const failing = telemetry.follow('notices', Promise.reject(new Error('nobody is there')));
  await expect(failing).rejects.toThrow('nobody is there');
  const series = await seriesOf(registry);
  expect(series).toContain('plexus_rpc_waiting_calls{service="notices"} 0');
  expect(series).toContain('plexus_rpc_calls_total{service="notices",outcome="answered"} 1');
  expect(series).toContain('plexus_rpc_calls_total{service="notices",outcome="failed"} 1');
  expect(series).toContain('plexus_rpc_call_seconds_count{service="notices"} 2');
});

it('tells commands to rooms apart by their answers', async () => {
  const registry = new Registry();
  const writer = new RpcTelemetry(registry).followed({
    execute: async () => ({ $case: 'failed', value: { error: 'no owner' } }),
  });
  const nothing = { commandId: '', roomId: '', sender: '' };
  await writer.execute(Object.assign(nothing, { command: undefined }));
  const calls = 'plexus_rpc_calls_total{service="event-persister",outcome="failed"} 1';
  expect(await seriesOf(registry)).toContain(calls);
});

async function seriesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n');
}
