import { databaseRow, processRow, requestRow } from '../common-rows.ts';
import { rate, sumBy } from '../expressions.ts';
import { lines } from '../panel.ts';
import type { Dashboard } from '../panel.ts';

export const consent: Dashboard = {
  name: 'consent',
  title: 'consent',
  rows: [
    {
      title: 'Pages',
      panels: [
        lines({ title: 'Pages shown', about: 'To nobody in particular or to a user.', unit: 'ops' }, [
          sumBy('view', rate('plexus_consent_pages_total')),
          '{{view}}',
        ]),
        lines({ title: 'Consents', about: 'For the first time, or again.', unit: 'ops' }, [
          sumBy('outcome', rate('plexus_consents_total')),
          '{{outcome}}',
        ]),
        lines({ title: 'Refused', about: 'By status: 403 is a link that is not genuine.', unit: 'ops' }, [
          sumBy('status', rate('plexus_consent_refusals_total')),
          '{{status}}',
        ]),
      ],
    },
    requestRow('Requests', '/_matrix/consent.*'),
    processRow('consent'),
    databaseRow,
  ],
};
