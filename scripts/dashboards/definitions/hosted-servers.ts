import { of, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

/** Those that the operator gave series of their own: `metrics.hosted_servers`. */
export const hostedServers: Dashboard = {
  name: 'hosted-servers',
  title: 'hosted servers',
  rows: [
    {
      title: 'Hosted servers with series of their own (metrics.hosted_servers)',
      panels: [
        lines({ title: 'Requests', about: 'Of their users.', unit: 'reqps' }, [
          sumBy('hosted_server', rate('plexus_hosted_server_requests_total')),
          '{{hosted_server}}',
        ]),
        lines({ title: 'Events', about: 'That their users sent.', unit: 'ops' }, [
          sumBy('hosted_server', rate('plexus_hosted_server_events_total')),
          '{{hosted_server}}',
        ]),
        lines({ title: 'From other servers', about: 'PDUs that came for them.', unit: 'ops' }, [
          sumBy('hosted_server', rate('plexus_hosted_server_received_pdus_total')),
          '{{hosted_server}}',
        ]),
        lines({ title: 'To other servers', about: 'Their events, once for each destination.', unit: 'ops' }, [
          sumBy('hosted_server', rate('plexus_hosted_server_sent_pdus_total')),
          '{{hosted_server}}',
        ]),
      ],
    },
    {
      title: 'All together',
      panels: [
        lines({ title: 'Users and rooms', about: 'By hosted server where `report_stats.metrics_by_server` is on.' }, [
          `max by (kind, server) (${of('plexus_usage', 'kind=~"users|rooms|monthly_active_users"')})`,
          '{{kind}} {{server}}',
        ]),
        lines(
          { title: 'Removals', about: 'Hosted servers whose removal is under way.' },
          [`max(${of('plexus_stored_queue_items', 'queue="server-removals"')})`, 'removals'],
          [`max(${of('plexus_stored_queue_items', 'queue="removed-rooms"')})`, 'rooms to clear away'],
        ),
      ],
    },
  ],
};
