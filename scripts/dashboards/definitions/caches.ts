import { maxBy, of, quantileBy, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

/** Gauges by name, as dashboards for Synapse know them; two of them only grow. */
const hits = sumBy('name', rate('synapse_util_caches_cache_hits'));
const lookUps = sumBy('name', rate('synapse_util_caches_cache'));

export const caches: Dashboard = {
  name: 'caches',
  title: 'caches',
  rows: [
    {
      title: 'By name',
      panels: [
        lines(
          {
            title: 'Hit rate',
            about:
              'Share of look-ups that either level answered. A larger factor helps where entries leave for lack of room.',
            unit: 'percentunit',
          },
          [`${hits} / ${lookUps}`, '{{name}}'],
        ),
        lines({ title: 'Look-ups', about: 'Per second.', unit: 'ops' }, [lookUps, '{{name}}']),
        lines({ title: 'Hits by level', about: 'In the process, or in the shared store.', unit: 'ops' }, [
          sumBy('name, tier', rate('plexus_cache_hits_total')),
          '{{name}} {{tier}}',
        ]),
        lines({ title: 'Misses', about: 'Look-ups that no level answered.', unit: 'ops' }, [
          sumBy('name', rate('plexus_cache_misses_total')),
          '{{name}}',
        ]),
        lines({ title: 'Time of a miss', about: 'How long loading took, p95.', unit: 's' }, [
          quantileBy('name', 0.95, 'plexus_cache_load_seconds'),
          '{{name}}',
        ]),
        lines(
          {
            title: 'Left for lack of room',
            about: 'Entries per second: the level is too small for what is asked of it.',
            unit: 'ops',
          },
          [sumBy('name, tier', rate('plexus_cache_evictions_total', 'reason="size"')), '{{name}} {{tier}}'],
        ),
      ],
    },
    {
      title: 'Shared level',
      panels: [
        lines(
          {
            title: 'In use',
            about:
              'Processes that use it, of all. It is closed for a while after a change that could not be told. Runbook: shared-cache-away.',
          },
          [`sum(${of('plexus_cache_shared_open')})`, 'use it'],
          [`count(${of('plexus_cache_shared_open')})`, 'all'],
        ),
        lines({ title: 'Time of a command', about: 'p95, by what was asked of Redis.', unit: 's' }, [
          quantileBy('command', 0.95, 'plexus_cache_shared_seconds'),
          '{{command}}',
        ]),
        lines({ title: 'Failures', about: 'Commands that Redis did not answer, or refused.', unit: 'ops' }, [
          sumBy('command', rate('plexus_cache_shared_failures_total')),
          '{{command}}',
        ]),
      ],
    },
    {
      title: 'Size',
      panels: [
        lines({ title: 'Full', about: 'Entries by capacity; of the fullest process.', unit: 'percentunit' }, [
          `max by (name, tier) (${of('plexus_cache_size')} / (${of('plexus_cache_capacity')} > 0))`,
          '{{name}} {{tier}}',
        ]),
        lines(
          {
            title: 'Bytes',
            about: 'About what the entries of a level take, encoded; in memory it is some times more.',
            unit: 'bytes',
          },
          [
            `max by (name, tier) (${of('plexus_cache_size')} * on (instance, name) group_left () ${of('plexus_cache_entry_bytes')})`,
            '{{name}} {{tier}}',
          ],
        ),
        lines({ title: 'Factors', about: 'In force, by name.' }, [
          maxBy('name', of('plexus_cache_factor')),
          '{{name}}',
        ]),
        lines(
          {
            title: 'Configurations in force',
            about: 'More than one of a source for longer than two seconds: a process does not follow.',
          },
          [`count by (source) (count_values by (source) ("value", ${of('plexus_config_generation')}))`, '{{source}}'],
        ),
        lines({ title: 'Invalidations', about: 'Keys whose value was changed.', unit: 'ops' }, [
          sumBy('name', rate('plexus_cache_invalidations_total')),
          '{{name}}',
        ]),
        lines({ title: 'Left for other reasons', about: 'Too old, changed, or given up with the rest.', unit: 'ops' }, [
          sumBy('name, reason', rate('plexus_cache_evictions_total', 'reason!="size"')),
          '{{name}} {{reason}}',
        ]),
      ],
    },
  ],
};
