import { group, integer } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const fairness = group(
  'How hosted servers share a process. Where more is to be done than these numbers, what waits goes by turns of the hosted servers, and none has more than three quarters of the places.',
  {
    concurrent_requests: integer(
      'Requests of clients that are answered at once in `client-api`. One that takes longer than a second counts no more.',
      { default: 256, minimum: 4 },
    ),
    concurrent_federation_requests: integer(
      'Requests of other servers that are answered at once in `federation-ingress`, by turns of the hosted servers that they are for. One that takes longer than a second counts no more.',
      { default: 256, minimum: 4 },
    ),
    waiting_requests_per_server: integer(
      'Requests of clients of one hosted server, and of other servers for it, that wait in each process; more are answered with 429.',
      { default: 1_000, minimum: 1 },
    ),
    concurrent_transactions: integer(
      'Transactions to other servers that are under way at once in `federation-sender`. One that takes longer than two seconds counts no more.',
      { default: 256, minimum: 4 },
    ),
    concurrent_appservice_transactions: integer(
      'Transactions to application services that are under way at once in `appservice-sender`. One that takes longer than two seconds counts no more.',
      { default: 128, minimum: 4 },
    ),
  },
);

export type FairnessSettings = Configured<typeof fairness>;
