import { maxBy, of, ofService, quantile, rate, sumBy } from './expressions.ts';
import { lines } from './panel.ts';
import type { Row } from './panel.ts';

/** What every service has: its processes. */
export function processRow(service: string): Row {
  const each = (expression: string): string => ofService(expression, service);
  return {
    title: 'Processes',
    panels: [
      lines(
        {
          title: 'CPU',
          about: 'Cores that each process uses. Near 1 its main thread is full: add replicas.',
          bound: 0.9,
        },
        [each(rate('process_cpu_seconds_total')), '{{instance}}'],
      ),
      lines(
        { title: 'Memory', about: 'Resident memory; absent where the system does not tell it.', unit: 'bytes' },
        [each(of('process_resident_memory_bytes')), '{{instance}}'],
        [each(of('nodejs_heap_size_used_bytes')), '{{instance}} heap'],
      ),
      lines(
        {
          title: 'Event loop',
          about: 'How late the main thread is: everything waits as long.',
          unit: 's',
          bound: 0.25,
        },
        [each(of('nodejs_eventloop_lag_p99_seconds')), '{{instance}} p99'],
        [each(of('nodejs_eventloop_lag_mean_seconds')), '{{instance}} mean'],
      ),
      lines({ title: 'Garbage', about: 'Share of time that collecting it takes.', unit: 'percentunit' }, [
        each(`sum by (instance) (${rate('nodejs_gc_duration_seconds_sum')})`),
        '{{instance}}',
      ]),
      lines({ title: 'Open files', about: 'Sockets, most of them. Near the limit nothing can connect.' }, [
        each(of('process_open_fds')),
        '{{instance}}',
      ]),
      lines({ title: 'Started', about: 'Seconds since each process started: a saw means crashes.', unit: 's' }, [
        each(`time() - ${of('process_start_time_seconds')}`),
        '{{instance}}',
      ]),
    ],
  };
}

/** What every service has: the database behind it. */
export const databaseRow: Row = {
  title: 'Postgres, as all services see it',
  panels: [
    lines(
      { title: 'Transactions', about: 'Transactions per second.', unit: 'ops' },
      [sumBy('area', rate('plexus_database_transactions_total')), '{{area}}'],
      [sumBy('area', rate('plexus_database_failed_transactions_total')), '{{area}} failed'],
    ),
    lines({ title: 'Time of a transaction', about: 'On average, without waiting for a connection.', unit: 's' }, [
      `${sumBy('area', rate('plexus_database_transaction_seconds_total'))} / ${sumBy('area', rate('plexus_database_transactions_total'))}`,
      '{{area}}',
    ]),
    lines(
      {
        title: 'Waiting for a connection',
        about:
          'How long the first transaction has waited. More than a moment: raise `database.pool_size`, or Postgres is slow.',
        unit: 's',
        bound: 1,
      },
      [maxBy('instance', of('plexus_database_oldest_wait_seconds')), '{{instance}}'],
    ),
  ],
};

/** Requests of some routes, as Synapse's dashboards show them. */
export function requestRow(title: string, servlets: string): Row {
  const matcher = `servlet=~"${servlets}"`;
  return {
    title,
    panels: [
      lines({ title: 'Requests', about: 'Requests per second by route; the ten most frequent.', unit: 'reqps' }, [
        `topk(10, ${sumBy('method, servlet', rate('synapse_http_server_requests_received_total', matcher))})`,
        '{{method}} {{servlet}}',
      ]),
      lines(
        { title: 'Response time', about: 'Of all these routes together.', unit: 's' },
        [quantile(0.5, 'synapse_http_server_response_time_seconds', matcher), 'p50'],
        [quantile(0.95, 'synapse_http_server_response_time_seconds', matcher), 'p95'],
        [quantile(0.99, 'synapse_http_server_response_time_seconds', matcher), 'p99'],
      ),
      lines(
        { title: 'Answers', about: 'By status. 5xx is ours to repair, 429 a limit that was reached.', unit: 'reqps' },
        [sumBy('code', rate('synapse_http_server_response_time_seconds_count', matcher)), '{{code}}'],
      ),
      lines({ title: 'Being answered', about: 'Requests that have come and are not answered.' }, [
        sumBy('servlet', of('synapse_http_server_in_flight_requests_count', matcher)) + ' > 0',
        '{{servlet}}',
      ]),
    ],
  };
}
