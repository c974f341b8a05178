import { expect, it } from 'vitest';
import { namedMetrics } from './named-metrics.ts';

it('finds metrics among functions, labels and words', () => {
  const expression = `histogram_quantile(0.95, sum by (server_name, le) (rate(a_seconds_bucket{method="PUT", path=~"b{2}"}[5m])))
    / on (x) group_left (service) max(b_total offset 5m) and on () plexus:lag_seconds > 1e3 unless c`;
  expect(namedMetrics(expression)).toEqual(['a_seconds_bucket', 'b_total', 'plexus:lag_seconds', 'c']);
  expect(namedMetrics('time() - max(d{x="$y"}) > 0')).toEqual(['d']);
});
