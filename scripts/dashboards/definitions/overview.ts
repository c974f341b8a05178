import { databaseRow } from '../common-rows.ts';
import { of, rate, sumBy } from '../expressions.ts';
import { lines, number } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

const recorded = (name: string): string => of(`plexus:${name}`);

/** The six objectives first: whoever is called at night looks here. */
export const overview: Dashboard = {
  name: 'overview',
  title: 'overview',
  rows: [
    {
      title: 'Objectives',
      panels: [
        number({ title: 'Send, p95', about: 'Time of sending an event. Runbook: send-slow.', unit: 's', bound: 0.5 }, [
          recorded('send_seconds:p95'),
          '',
        ]),
        number(
          {
            title: 'Sync, p95',
            about: 'Time of a /sync that had something to tell. Runbook: sync-slow.',
            unit: 's',
            bound: 0.5,
          },
          [recorded('sync_seconds:p95'), ''],
        ),
        number(
          {
            title: 'Federation in',
            about: 'Age of the oldest event of another server that is not stored. Runbook: federation-in-lag.',
            unit: 's',
            bound: 30,
          },
          [recorded('federation_in_lag_seconds'), ''],
        ),
        number(
          {
            title: 'Federation out',
            about: 'From an event until it is in the queues of its destinations, p95. Runbook: federation-out-lag.',
            unit: 's',
            bound: 30,
          },
          [recorded('federation_out_lag_seconds'), ''],
        ),
        number(
          {
            title: 'Application services',
            about: 'Age of the oldest thing that waits for one that is up. Runbook: appservice-lag.',
            unit: 's',
            bound: 60,
          },
          [recorded('appservice_lag_seconds'), ''],
        ),
        number(
          {
            title: 'Persist',
            about: 'Age of the oldest command or event that waits to be stored. Runbook: persist-lag.',
            unit: 's',
            bound: 5,
          },
          [recorded('persist_lag_seconds'), ''],
        ),
      ],
    },
    {
      title: 'Objectives over time',
      panels: [
        lines(
          { title: 'What users wait for', about: 'p95 of sends and of syncs.', unit: 's', bound: 0.5 },
          [recorded('send_seconds:p95'), 'send'],
          [recorded('sync_seconds:p95'), 'sync'],
        ),
        lines(
          { title: 'Lags', about: 'How far behind each queue is.', unit: 's', bound: 30 },
          [recorded('federation_in_lag_seconds'), 'federation in'],
          [recorded('federation_out_lag_seconds'), 'federation out'],
          [recorded('appservice_lag_seconds'), 'application services'],
          [recorded('persist_lag_seconds'), 'persist'],
        ),
        lines(
          {
            title: 'Failed requests',
            about: 'Share of answers that are ours to repair. Runbook: requests-fail.',
            unit: 'percentunit',
            bound: 0.01,
          },
          [recorded('failed_requests:ratio'), 'failed'],
        ),
      ],
    },
    {
      title: 'Load',
      panels: [
        lines({ title: 'Requests', about: 'Of clients and of other servers, by status.', unit: 'reqps' }, [
          sumBy('code', rate('synapse_http_server_response_time_seconds_count')),
          '{{code}}',
        ]),
        lines({ title: 'Events stored', about: 'Of hosted users and of others.', unit: 'ops' }, [
          sumBy('origin_type', rate('synapse_storage_events_persisted_events_sep_total')),
          '{{origin_type}}',
        ]),
        lines({ title: 'Clients that wait', about: 'Long polls of /sync.' }, [
          `sum(${of('plexus_sync_waiting_clients')})`,
          'waiting',
        ]),
        lines({ title: 'CPU', about: 'Cores that each service uses.' }, [
          `sum by (service) (${rate('process_cpu_seconds_total')} * on (instance) group_left (service) ${of('plexus_build_info')})`,
          '{{service}}',
        ]),
        lines({ title: 'Memory', about: 'Of each service, all replicas together.', unit: 'bytes' }, [
          `sum by (service) (${of('process_resident_memory_bytes')} * on (instance) group_left (service) ${of('plexus_build_info')})`,
          '{{service}}',
        ]),
        lines({ title: 'Replicas', about: 'Processes of each service that answer, by release.' }, [
          `count by (service, version) (${of('plexus_build_info')})`,
          '{{service}} {{version}}',
        ]),
      ],
    },
    databaseRow,
  ],
};
