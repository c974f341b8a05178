import { databaseRow, processRow } from '../common-rows.ts';
import { maxBy, of, rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const notices: Dashboard = {
  name: 'notices',
  title: 'notices',
  rows: [
    {
      title: 'Notices',
      panels: [
        lines({ title: 'Notices', about: 'That were asked for, by what became of them.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_notices_total')),
          '{{outcome}}',
        ]),
        lines({ title: 'Recipients of broadcasts', about: 'By what became of it; `again` comes again.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_broadcast_recipients_total')),
          '{{outcome}}',
        ]),
        lines({ title: 'Recipients that wait', about: 'Of broadcasts that are active.' }, [
          maxBy('queue', of('plexus_stored_queue_items', 'queue="broadcast-recipients"')),
          'waiting',
        ]),
        lines({ title: 'Failures', about: 'Of infrastructure, by what was being done.', unit: 'ops' }, [
          sumBy('doing', rate('plexus_notices_failures_total')),
          '{{doing}}',
        ]),
      ],
    },
    {
      title: 'Usage',
      panels: [
        lines({ title: 'Users and rooms', about: 'As they were last counted.' }, [
          maxBy('kind', of('plexus_usage')),
          '{{kind}}',
        ]),
        lines(
          { title: 'Active users', about: 'Within 30 days, of all hosted servers; and what one may have.' },
          [`max(${of('synapse_admin_mau_current')})`, 'active'],
          [`max(${of('synapse_admin_mau_max')})`, 'limit of a hosted server'],
        ),
        lines({ title: 'Reports', about: 'Statistics that were sent.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_statistics_reports_total')),
          '{{outcome}}',
        ]),
      ],
    },
    processRow('notices'),
    databaseRow,
  ],
};
