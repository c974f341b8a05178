import { expect, it } from 'vitest';
import { createRegistry } from './process-metrics.ts';

it('tells of the process and its build, under the name of the deployment', async () => {
  const text = await createRegistry('example', 'sync').metrics();
  expect(text).toMatch(/^process_cpu_seconds_total\{server_name="example"\} /m);
  expect(text).toMatch(/^process_resident_memory_bytes\{server_name="example"\} [1-9]/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{server_name="example"\} /m);
  expect(text).toMatch(/^# TYPE nodejs_gc_duration_seconds histogram/m);
  expect(text).toMatch(/^plexus_build_info\{.*service="sync".*\} 1$/m);
});

it('leaves out what only /proc tells where there is none, and says the rest', async () => {
  const text = await createRegistry('example', 'sync', false).metrics();
  const names = new Set(text.split('\n').map((line) => line.split('{')[0]));
  expect(names).not.toContain('process_resident_memory_bytes');
  expect(names).not.toContain('process_open_fds');
  expect(text).not.toContain('process_virtual_memory_bytes');
  expect(names).toContain('process_cpu_seconds_total');
  expect(names).toContain('nodejs_heap_size_used_bytes');
});
