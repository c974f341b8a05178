import { readCounter } from '@plexus/service-shell';
import type { LimitedAction, RateLimiter } from '@plexus/service-shell';
import type { Registry } from 'prom-client';

/** The same limits; counts what they refuse, by what was to be done. */
export function reportRateLimits(registry: Registry, limiter: RateLimiter): RateLimiter {
  const refused = new Map<LimitedAction, number>();
  readCounter(registry, {
    name: 'plexus_rate_limited_total',
    help: 'Times that something was not allowed yet, by what it was.',
    labels: ['action'],
    read: () => [...refused].map(([action, count]) => [{ action }, count] as const),
  });
  return {
    use(use) {
      const waiting = limiter.use(use);
      if (typeof waiting === 'number') return counted(use.action, waiting);
      return waiting.then((waitMs) => counted(use.action, waitMs));
    },
  };

  function counted(action: LimitedAction, waitMs: number): number {
    if (waitMs > 0) refused.set(action, (refused.get(action) ?? 0) + 1);
    return waitMs;
  }
}
