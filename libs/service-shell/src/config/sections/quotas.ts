import { group, integer, optional, size } from '../setting.ts';
import type { Configured } from '../setting.ts';

const members = {
  max_users: optional(
    integer(
      'Accounts that are not deactivated and no application service’s: more cannot be made. What the command line adds is not refused.',
    ),
  ),
  max_event_bytes: optional(
    size('Bytes of the events that are stored for the server: once there are so many, its users send no more.'),
  ),
  max_monthly_traffic_bytes: optional(
    size('Bytes of requests and answers in a month (UTC): once there were so many, its users send no more.'),
  ),
};

export const quotas = group(
  'How much one hosted server may use; refused is what goes beyond, with `M_RESOURCE_LIMIT_EXCEEDED`. Without a number there is no limit. Each hosted server may have its own.',
  members,
);

/** Those that one hosted server has of its own. */
export const quotaOverrides = group('The quotas of this server; what is not written is taken from `quotas`.', members);

export type QuotaSettings = Configured<typeof quotas>;
