import { requireWithinUsageLimit } from '@plexus/service-shell';
import type { ClientApiPorts } from '../client-api-ports.ts';
import type { RequireQuota } from './require-quota.ts';
import { usersWithinQuota } from './users-within-quota.ts';

/**
 * The ports, through which no hosted server gets more than it may have: where consent is required to send, there the quota is too, and the limit of
 * active users.
 */
export function withinQuotas(ports: ClientApiPorts, requireQuota: RequireQuota): ClientApiPorts {
  return {
    ...ports,
    users: usersWithinQuota(ports.users, requireQuota),
    requireConsent: {
      execute(requester, options) {
        requireWithinUsageLimit(requester);
        requireQuota.requireSending(requester.serverName);
        return ports.requireConsent.execute(requester, options);
      },
    },
  };
}
