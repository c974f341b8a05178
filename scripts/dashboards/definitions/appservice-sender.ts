import { databaseRow, processRow } from '../common-rows.ts';
import { maxBy, of, quantile, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const appserviceSender: Dashboard = {
  name: 'appservice-sender',
  title: 'appservice-sender',
  rows: [
    {
      title: 'Application services',
      panels: [
        lines({ title: 'What waits', about: 'Items for each.' }, [
          maxBy('service', of('plexus_appservice_backlog_items')),
          '{{service}}',
        ]),
        lines({ title: 'Oldest that waits', about: 'Runbook: appservice-lag.', unit: 's', bound: 60 }, [
          maxBy('service', of('plexus_appservice_oldest_seconds')),
          '{{service}}',
        ]),
        lines(
          { title: 'Up', about: '1 where the last transaction was taken. Runbook: appservice-down.' },
          [`min by (service) (${of('plexus_appservice_up')})`, '{{service}}'],
          [`${maxBy('service', of('plexus_appservice_paused'))} > 0`, '{{service}} paused'],
        ),
        lines({ title: 'Left alone', about: 'How long one that is down is still left alone.', unit: 's' }, [
          maxBy('service', of('plexus_appservice_back_off_seconds')),
          '{{service}}',
        ]),
        lines({ title: 'Last error', about: 'Why the last transaction was not taken.' }, [
          maxBy('service, error', of('plexus_appservice_last_error')),
          '{{service}}: {{error}}',
        ]),
        lines(
          { title: 'Transactions', about: 'Taken, and attempts that were not.', unit: 'ops' },
          [sumBy('service', rate('synapse_appservice_api_sent_transactions_total')), '{{service}} taken'],
          [sumBy('service', rate('synapse_appservice_api_failed_transactions_total')), '{{service}} failed'],
          [sumBy('service', rate('plexus_appservice_retried_transactions_total')), '{{service}} again'],
        ),
      ],
    },
    {
      title: 'What they get',
      panels: [
        lines({ title: 'Events', about: 'In transactions that were taken.', unit: 'ops' }, [
          sumBy('service', rate('synapse_appservice_api_sent_events_total')),
          '{{service}}',
        ]),
        lines(
          { title: 'Ephemeral events and messages to devices', about: 'In transactions that were taken.', unit: 'ops' },
          [sumBy('service', rate('synapse_appservice_api_sent_ephemeral_total')), '{{service}} ephemeral'],
          [sumBy('service', rate('synapse_appservice_api_sent_todevice_total')), '{{service}} to devices'],
        ),
        lines(
          { title: 'Time of a request', about: 'Until an application service has answered.', unit: 's' },
          [quantile(0.5, 'plexus_appservice_request_duration_seconds'), 'p50'],
          [quantile(0.95, 'plexus_appservice_request_duration_seconds'), 'p95'],
        ),
        lines({ title: 'Requests', about: 'By status or by why there is no answer.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_appservice_requests_total')),
          '{{outcome}}',
        ]),
        lines({ title: 'Behind the log', about: 'Rows of the room log that were not looked at.', bound: 1_000 }, [
          of('plexus_appservice_undistributed_rows'),
          '{{instance}}',
        ]),
        lines(
          {
            title: 'Rows looked at',
            about: 'For whom they interest; and failures, which are tried again.',
            unit: 'ops',
          },
          [`sum(${rate('synapse_handlers_appservice_events_processed_total')})`, 'rows'],
          [sumBy('doing', rate('plexus_appservice_sender_failures_total')), '{{doing}}'],
        ),
        lines({ title: 'Lag by event', about: 'Seconds from an event until it was looked at.', unit: 's' }, [
          quantile(0.95, 'synapse_event_processing_lag_by_event', 'name="appservice_sender"'),
          'p95',
        ]),
        lines({ title: 'Shards', about: 'Of queues, by their owner.' }, [
          of('plexus_appservice_shards_owned'),
          '{{instance}}',
        ]),
        lines(
          { title: 'Refused tokens', about: 'From addresses that an application service does not allow.', unit: 'ops' },
          [sumBy('service', rate('plexus_appservice_blocked_requests_total')), '{{service}}'],
        ),
      ],
    },
    processRow('appservice-sender'),
    databaseRow,
  ],
};
