import { databaseRow, processRow, requestRow } from '../common-rows.ts';
import { of, quantileBy, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const sync: Dashboard = {
  name: 'sync',
  title: 'sync',
  rows: [
    {
      title: 'Clients',
      panels: [
        lines({ title: 'Clients that wait', about: 'Long polls.' }, [
          of('plexus_sync_waiting_clients'),
          '{{instance}}',
        ]),
        lines({ title: 'Sessions', about: 'Users whose rooms are kept in memory.' }, [
          of('plexus_sync_sessions'),
          '{{instance}}',
        ]),
        lines({ title: 'Answers', about: 'By what ended them.', unit: 'reqps' }, [
          sumBy('kind', rate('plexus_sync_responses_total')),
          '{{kind}}',
        ]),
        lines(
          {
            title: 'Time of an answer',
            about: 'Of those that did not wait for an event. Runbook: sync-slow.',
            unit: 's',
            bound: 0.5,
          },
          [quantileBy('kind', 0.95, 'plexus_sync_duration_seconds'), '{{kind}} p95'],
        ),
        lines(
          { title: 'Initial syncs', about: 'They take turns: the first of many devices may wait.' },
          [of('plexus_sync_initial_admitted'), '{{instance}} being answered'],
          [of('plexus_sync_initial_waiting'), '{{instance}} waiting'],
        ),
        lines(
          {
            title: 'Oldest initial sync that waits',
            about: 'More than some seconds: add replicas.',
            unit: 's',
            bound: 10,
          },
          [of('plexus_sync_initial_oldest_seconds'), '{{instance}}'],
        ),
      ],
    },
    {
      title: 'The room log',
      panels: [
        lines(
          { title: 'Behind the log', about: 'Rows that the shard furthest behind has yet to deliver.', bound: 1_000 },
          [of('plexus_sync_follower_lag_rows'), '{{instance}}'],
        ),
        lines(
          { title: 'Rows in memory', about: 'Older places are answered from Postgres.' },
          [of('plexus_sync_tail_rows'), '{{instance}}'],
          [of('plexus_sync_tail_bytes'), '{{instance}} bytes'],
        ),
        lines({ title: 'How far back memory goes', about: 'Clients that were away for longer cost more.', unit: 's' }, [
          `time() - ${of('plexus_sync_tail_oldest_timestamp_seconds')}`,
          '{{instance}}',
        ]),
        lines(
          { title: 'Failures of reading', about: 'They are tried again.', unit: 'ops' },
          [`sum(${rate('plexus_sync_log_failures_total')})`, 'room log'],
          [`sum(${rate('plexus_sync_ephemeral_failures_total')})`, 'typing, presence'],
        ),
      ],
    },
    requestRow('Requests', '/_matrix/client/(v3|r0)/(sync|events|initialSync|keys/changes|presence).*'),
    processRow('sync'),
    databaseRow,
  ],
};
