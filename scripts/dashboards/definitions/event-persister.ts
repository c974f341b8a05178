import { databaseRow, processRow } from '../common-rows.ts';
import { of, quantile, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const eventPersister: Dashboard = {
  name: 'event-persister',
  title: 'event-persister',
  rows: [
    {
      title: 'What waits',
      panels: [
        lines({ title: 'Queue', about: 'Commands and PDUs that wait.' }, [
          of('plexus_persister_queue_items'),
          '{{instance}}',
        ]),
        lines(
          { title: 'Bytes in the queue', about: 'At the bound, callers get 429 and partitions pause.', unit: 'bytes' },
          [of('plexus_persister_queue_bytes'), '{{instance}}'],
        ),
        lines({ title: 'Oldest in the queue', about: 'Runbook: persist-lag.', unit: 's', bound: 5 }, [
          of('plexus_persister_queue_oldest_seconds'),
          '{{instance}}',
        ]),
        lines(
          {
            title: 'Log not published',
            about: 'Rows that are stored and not on room.events: Kafka is away or slow. Runbook: log-unpublished.',
            bound: 1_000,
          },
          [of('plexus_persister_unpublished_rows'), '{{instance}}'],
        ),
        lines({ title: 'Parked PDUs', about: 'PDUs that wait for events which other servers have to give.' }, [
          of('synapse_federation_server_number_inbound_pdu_in_staging'),
          '{{instance}}',
        ]),
        lines(
          { title: 'Oldest parked PDU', about: 'Grows while servers do not give what is asked of them.', unit: 'ms' },
          [of('synapse_federation_server_oldest_inbound_pdu_in_staging'), '{{instance}}'],
        ),
      ],
    },
    {
      title: 'Storing',
      panels: [
        lines({ title: 'Events', about: 'Events stored per second, by type.', unit: 'ops' }, [
          sumBy('type', rate('synapse_storage_events_persisted_events_sep_total')),
          '{{type}}',
        ]),
        lines(
          {
            title: 'Transactions',
            about: 'By what became of them: all but `stored` are attempted again.',
            unit: 'ops',
          },
          [sumBy('outcome', rate('plexus_persister_units_of_work_total')), '{{outcome}}'],
        ),
        lines(
          { title: 'Time of a transaction', about: 'Postgres, mostly.', unit: 's' },
          [quantile(0.5, 'plexus_persister_store_seconds'), 'p50'],
          [quantile(0.95, 'plexus_persister_store_seconds'), 'p95'],
        ),
        lines(
          { title: 'Items in a transaction', about: 'Grows with the load: many wait for one commit.' },
          [quantile(0.5, 'plexus_persister_unit_of_work_items'), 'p50'],
          [quantile(0.95, 'plexus_persister_unit_of_work_items'), 'p95'],
        ),
        lines({ title: 'Commands', about: 'By their answer.', unit: 'ops' }, [
          sumBy('command, outcome', rate('plexus_persister_commands_total')),
          '{{command}} {{outcome}}',
        ]),
        lines(
          { title: 'Failures', about: 'Of infrastructure; they are tried again.', unit: 'ops' },
          [sumBy('doing', rate('plexus_persister_failures_total')), '{{doing}}'],
          [`sum(${rate('plexus_persister_poisoned_total')})`, 'given up for good'],
        ),
      ],
    },
    {
      title: 'Rooms',
      panels: [
        lines(
          { title: 'Shards', about: 'Room shards by owner. Together they must be all. Runbook: shards-without-owner.' },
          [of('plexus_persister_shards_owned'), '{{instance}}'],
          [`max(${of('plexus_room_shards')})`, 'all'],
        ),
        lines({ title: 'PDUs of other servers', about: 'By what became of them.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_persister_pdus_total')),
          '{{outcome}}',
        ]),
        lines(
          {
            title: 'Soft-failed',
            about: 'Events that the state before them allows and the current state does not.',
            unit: 'ops',
          },
          [`sum(${rate('synapse_federation_soft_failed_events_total')})`, 'soft-failed'],
        ),
        lines(
          { title: 'Forward extremities', about: 'Of rooms as they are stored. Many make sending dear.' },
          [quantile(0.95, 'synapse_storage_events_forward_extremities_persisted'), 'p95'],
          [quantile(0.99, 'synapse_storage_events_forward_extremities_persisted'), 'p99'],
        ),
        lines(
          { title: 'Resolutions in another thread', about: 'Large forks. Only their rooms wait.', unit: 's' },
          [quantile(0.95, 'plexus_persister_resolution_seconds'), 'p95'],
          [of('plexus_persister_waiting_resolutions'), '{{instance}} waiting (number)'],
        ),
        lines(
          {
            title: 'Resolutions of the dearest room',
            about: 'Seconds of a thread, and of waiting for Postgres, per second: what one room alone takes.',
          },
          [`sum(${rate('synapse_state_res_cpu_for_biggest_room_seconds_total')})`, 'thread'],
          [`sum(${rate('synapse_state_res_db_for_biggest_room_seconds_total')})`, 'Postgres'],
        ),
        lines(
          { title: 'States in a resolution', about: 'What the branches of a room come to, that are resolved at once.' },
          [quantile(0.95, 'synapse_state_number_state_groups_in_resolution'), 'p95'],
        ),
        lines(
          { title: 'Rooms by forward extremities', about: 'Counted once an hour. Rooms with many make sending dear.' },
          [
            `sum(${of('synapse_forward_extremities_gcount')}) - sum(${of('synapse_forward_extremities_bucket', 'le="1"')})`,
            'more than 1',
          ],
          [
            `sum(${of('synapse_forward_extremities_gcount')}) - sum(${of('synapse_forward_extremities_bucket', 'le="10"')})`,
            'more than 10',
          ],
        ),
        lines({ title: 'Cleared away', about: 'Rows that housekeeping removed.', unit: 'ops' }, [
          sumBy('what', rate('plexus_persister_removed_rows_total')),
          '{{what}}',
        ]),
      ],
    },
    processRow('event-persister'),
    databaseRow,
  ],
};
