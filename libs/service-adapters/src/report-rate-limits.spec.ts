import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { reportRateLimits } from './report-rate-limits.ts';

it('counts what is refused, whether the answer comes at once or later', async () => {
  const registry = new Registry();
  const answers = [0, 500, Promise.resolve(0), Promise.resolve(500)];
  const limiter = reportRateLimits(registry, { use: () => answers.shift() ?? 0 });
  const use = { action: 'message', serverName: 'one.test', key: '@ann:one.test' } as const;
  for (const expected of [0, 500, 0, 500]) expect(await limiter.use(use)).toBe(expected);
  expect(await registry.metrics()).toContain('plexus_rate_limited_total{action="message"} 2');
});
