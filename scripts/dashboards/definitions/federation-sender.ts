import { databaseRow, processRow } from '../common-rows.ts';
import { of, quantile, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

const name = 'name="federation_sender"';

export const federationSender: Dashboard = {
  name: 'federation-sender',
  title: 'federation-sender',
  rows: [
    {
      title: 'Queues',
      panels: [
        lines(
          {
            title: 'From the log into queues',
            about: 'Seconds from an event until its destinations are written. Runbook: federation-out-lag.',
            unit: 's',
            bound: 30,
          },
          [quantile(0.95, 'synapse_event_processing_lag_by_event', name), 'p95'],
        ),
        lines(
          {
            title: 'Rows without destinations',
            about: 'Rows of the room log that are not distributed yet.',
            bound: 1_000,
          },
          [of('plexus_federation_undistributed_rows'), '{{instance}}'],
        ),
        lines(
          { title: 'Waiting in memory', about: 'For servers that answer; what waits for others is in Postgres.' },
          [`sum(${of('synapse_federation_transaction_queue_pending_pdus')})`, 'events'],
          [`sum(${of('synapse_federation_transaction_queue_pending_edus')})`, 'EDUs'],
          [`sum(${of('synapse_federation_transaction_queue_pending_destinations')})`, 'destinations'],
        ),
        lines({ title: 'Oldest in memory', about: 'Age of the oldest event in a queue in memory.', unit: 's' }, [
          of('plexus_federation_queue_oldest_seconds'),
          '{{instance}}',
        ]),
        lines(
          { title: 'Queues', about: 'In memory, by process; and shards of destinations that it owns.' },
          [of('plexus_federation_destinations_in_memory'), '{{instance}} queues'],
          [of('plexus_federation_destination_shards_owned'), '{{instance}} shards'],
        ),
        lines({ title: 'Connected servers', about: 'Endpoints of other servers with open connections.' }, [
          of('plexus_federation_connected_servers'),
          '{{instance}}',
        ]),
      ],
    },
    {
      title: 'Transactions',
      panels: [
        lines(
          { title: 'Taken', about: 'Transactions, events and EDUs that others took.', unit: 'ops' },
          [`sum(${rate('synapse_federation_client_sent_transactions_total')})`, 'transactions'],
          [`sum(${rate('synapse_federation_client_sent_pdu_destinations_count_total')})`, 'events'],
          [`sum(${rate('synapse_federation_client_sent_edus_total')})`, 'EDUs'],
        ),
        lines(
          { title: 'Not taken', about: 'Attempts by why they failed. Some servers are always away.', unit: 'ops' },
          [sumBy('outcome', rate('plexus_federation_unsent_transactions_total')), '{{outcome}}'],
        ),
        lines(
          {
            title: 'Left alone',
            about:
              'Times that a server was left alone for a while, and what was given up. Runbook: federation-out-fails.',
            unit: 'ops',
          },
          [`sum(${rate('plexus_federation_back_offs_total')})`, 'left alone'],
          [`sum(${rate('plexus_federation_given_up_total')})`, 'given up'],
          [`sum(${rate('plexus_federation_refused_events_total')})`, 'refused events'],
        ),
        lines({ title: 'Last event taken', about: 'Since a server took one.', unit: 's' }, [
          `time() - max(${of('synapse_federation_last_sent_pdu_time')})`,
          'ago',
        ]),
      ],
    },
    {
      title: 'Other requests',
      panels: [
        lines({ title: 'Requests', about: 'By status or by why there is no answer.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_federation_requests_total')),
          '{{outcome}}',
        ]),
        lines(
          { title: 'Time of an answer', about: 'Of other servers.', unit: 's' },
          [quantile(0.5, 'plexus_federation_request_duration_seconds'), 'p50'],
          [quantile(0.95, 'plexus_federation_request_duration_seconds'), 'p95'],
        ),
        lines(
          { title: 'Gaps', about: 'Missing events that were asked for, by what became of it.', unit: 'ops' },
          [sumBy('outcome', rate('plexus_room_gaps_total')), '{{outcome}}'],
          [sumBy('outcome', rate('plexus_partial_join_completions_total')), 'join {{outcome}}'],
        ),
        lines({ title: 'Keys', about: 'Times that servers or notaries were asked for keys.', unit: 'ops' }, [
          sumBy('source, outcome', rate('plexus_server_key_fetches_total')),
          '{{source}} {{outcome}}',
        ]),
        lines({ title: 'Failures', about: 'Of infrastructure; they are tried again.', unit: 'ops' }, [
          sumBy('doing', rate('plexus_federation_sender_failures_total')),
          '{{doing}}',
        ]),
      ],
    },
    processRow('federation-sender'),
    databaseRow,
  ],
};
