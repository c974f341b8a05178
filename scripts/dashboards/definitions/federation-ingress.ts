import { databaseRow, processRow, requestRow } from '../common-rows.ts';
import { maxBy, of, quantile, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const federationIngress: Dashboard = {
  name: 'federation-ingress',
  title: 'federation-ingress',
  rows: [
    {
      title: 'What comes in',
      panels: [
        lines(
          { title: 'PDUs', about: 'By what became of them at the door; their owner checks further.', unit: 'ops' },
          [sumBy('outcome', rate('plexus_federation_inbound_pdus_total')), '{{outcome}}'],
        ),
        lines({ title: 'PDUs that failed a check', about: 'By the check.', unit: 'ops' }, [
          sumBy('rule', rate('plexus_federation_inbound_pdus_total', 'rule!=""')),
          '{{rule}}',
        ]),
        lines({ title: 'EDUs', about: 'By type.', unit: 'ops' }, [
          sumBy('edu_type, outcome', rate('plexus_federation_inbound_edus_total')),
          '{{edu_type}} {{outcome}}',
        ]),
        lines(
          { title: 'Time of a transaction', about: 'Until all of it is durable.', unit: 's' },
          [quantile(0.5, 'plexus_federation_transaction_duration_seconds'), 'p50'],
          [quantile(0.95, 'plexus_federation_transaction_duration_seconds'), 'p95'],
        ),
        lines(
          { title: 'Being taken in', about: 'Transactions, and the age of the oldest.' },
          [`sum(${of('plexus_federation_inbound_transactions')})`, 'transactions'],
          [`max(${of('plexus_federation_inbound_oldest_seconds')})`, 'oldest (seconds)'],
        ),
        lines({ title: 'Refused requests', about: 'Runbook: signatures-fail.', unit: 'ops' }, [
          sumBy('reason', rate('plexus_federation_refused_requests_total')),
          '{{reason}}',
        ]),
      ],
    },
    {
      title: 'On its way to the owners of rooms',
      panels: [
        lines(
          {
            title: 'Not stored yet',
            about: 'Age of the oldest record of federation.pdus. Runbook: federation-in-lag.',
            unit: 's',
            bound: 30,
          },
          [maxBy('instance', of('plexus_topic_reader_oldest_seconds', 'topic="federation.pdus"')), '{{instance}}'],
        ),
        lines({ title: 'Last PDU', about: 'Since another server sent one.', unit: 's' }, [
          `time() - max(${of('synapse_federation_last_received_pdu_time')})`,
          'ago',
        ]),
        lines(
          {
            title: 'Lost',
            about: 'Typing and presence that the topic did not take; nobody misses it for long.',
            unit: 'ops',
          },
          [sumBy('topic', rate('plexus_federation_ephemeral_lost_total')), '{{topic}}'],
        ),
      ],
    },
    requestRow('Requests of other servers', '/_matrix/(federation|key)/.*'),
    processRow('federation-ingress'),
    databaseRow,
  ],
};
