import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from '../logging/logger.ts';
import type { ReportBlockedAppservice } from './authenticator.ts';

/** Counts and logs tokens of application services that come from addresses which these do not allow. Once per process. */
export function reportBlockedAppservices(registry: Registry, logger: Logger): ReportBlockedAppservice {
  const blocked = new Counter({
    name: 'plexus_appservice_blocked_requests_total',
    help: 'Requests with the token of an application service from an address that is not on its list.',
    labelNames: ['service'],
    registers: [registry],
  });
  return (appservice, clientAddress) => {
    blocked.inc({ service: appservice });
    logger.warn('The token of an application service came from an address that is not on its list', {
      appservice,
      clientAddress,
    });
  };
}
