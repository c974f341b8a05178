import { expect, it } from 'vitest';
import { documentedMetrics } from './documented-metrics.ts';

it('finds the metrics that a page names, and what stands for several', () => {
  const page = `See \`plexus_a_{items,bytes}\`, \`plexus_b_total{tier,reason}\` and \`sum(synapse_c_bucket{le="1"}) > 2\`, not plexus_d.
    rate(process_e_seconds[5m])
| \`plexus_f_*\`, \`…_g\` | \`plexus_f_*\` |`;
  expect(documentedMetrics(page)).toEqual([
    'plexus_a_items',
    'plexus_a_bytes',
    'plexus_b_total',
    'synapse_c_bucket',
    'process_e_seconds',
    'plexus_f_',
  ]);
});
