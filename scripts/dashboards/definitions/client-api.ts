import { databaseRow, processRow, requestRow } from '../common-rows.ts';
import { maxBy, of, quantileBy, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const clientApi: Dashboard = {
  name: 'client-api',
  title: 'client-api',
  rows: [
    requestRow('Requests of clients', '/_matrix/client/.*'),
    requestRow('Administration', '/_(plexus|synapse)/.*'),
    {
      title: 'What it asks of others',
      panels: [
        lines(
          {
            title: 'Time until others answer',
            about: 'p95 by service; looking for another replica included.',
            unit: 's',
          },
          [quantileBy('service', 0.95, 'plexus_rpc_call_seconds'), '{{service}}'],
        ),
        lines({ title: 'Answers of others', about: 'Runbook: rpc-fails.', unit: 'ops' }, [
          sumBy('service, outcome', rate('plexus_rpc_calls_total')),
          '{{service}} {{outcome}}',
        ]),
        lines(
          { title: 'Not answered yet', about: 'The oldest question of all replicas.', unit: 's' },
          [maxBy('service', of('plexus_rpc_oldest_seconds')), '{{service}}'],
          [sumBy('service', of('plexus_rpc_waiting_calls')), '{{service}} (number)'],
        ),
      ],
    },
    {
      title: 'Limits and jobs',
      panels: [
        lines({ title: 'Refused by rate limits', about: 'By what was to be done.', unit: 'ops' }, [
          sumBy('action', rate('plexus_rate_limited_total')),
          '{{action}}',
        ]),
        lines({ title: 'Stored queues', about: 'What waits in tables, of all replicas together.' }, [
          maxBy('queue', of('plexus_stored_queue_items')),
          '{{queue}}',
        ]),
        lines({ title: 'Oldest in stored queues', about: 'Runbook: stored-queue-old.', unit: 's' }, [
          maxBy('queue', of('plexus_stored_queue_oldest_seconds')),
          '{{queue}}',
        ]),
        lines(
          { title: 'Jobs', about: 'Times that a process took one up.', unit: 'ops' },
          [sumBy('kind, outcome', rate('plexus_admin_job_runs_total')), '{{kind}} {{outcome}}'],
          [sumBy('outcome', rate('plexus_account_deactivation_runs_total')), 'deactivation {{outcome}}'],
          [sumBy('outcome', rate('plexus_server_removal_runs_total')), 'removed server {{outcome}}'],
          [sumBy('outcome', rate('plexus_profile_propagation_runs_total')), 'profile {{outcome}}'],
        ),
        lines({ title: 'Facts about accounts', about: 'Put on account.events.', unit: 'ops' }, [
          `sum(${rate('plexus_account_events_published_total')})`,
          'published',
        ]),
        lines(
          {
            title: 'Lost',
            about: 'Typing and the like that the topic did not take; nobody misses it for long.',
            unit: 'ops',
          },
          [sumBy('topic', rate('plexus_client_api_ephemeral_lost_total')), '{{topic}}'],
        ),
      ],
    },
    processRow('client-api'),
    databaseRow,
  ],
};
