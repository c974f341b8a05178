import type { ClientApiPorts } from '../client-api-ports.ts';
import type { RequireQuota } from './require-quota.ts';
import { usersWithinQuota } from './users-within-quota.ts';

/** The ports, through which no hosted server gets more than it may have: where consent is required to send, there the quota is too. */
export function withinQuotas(ports: ClientApiPorts, requireQuota: RequireQuota): ClientApiPorts {
  return {
    ...ports,
    users: usersWithinQuota(ports.users, requireQuota),
    requireConsent: {
      execute(requester, options) {
        requireQuota.requireSending(requester.serverName);
        return ports.requireConsent.execute(requester, options);
      },
    },
  };
}
