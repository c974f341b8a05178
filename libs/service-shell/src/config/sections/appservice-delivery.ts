import { duration, flag, group, integer, list, text } from '../setting.ts';
import type { Configured } from '../setting.ts';
import { privateNetworks } from './federation.ts';

export const appserviceDelivery = group('Connections to application services.', {
  ip_range_blacklist: list('Networks that are never connected to.', text('A network.'), { default: privateNetworks }),
  ip_range_whitelist: list(
    'Exceptions from `ip_range_blacklist`: where application services run beside the homeserver, their networks have to be here.',
    text('A network.'),
    { default: [] },
  ),
  verify_certificates: flag('Whether TLS certificates of application services are checked.', { default: true }),
  use_legacy_authorization: flag(
    'Whether requests carry the `hs_token` as the query parameter `access_token` too, for application services that know nothing else. Query parameters end up in logs of proxies.',
    { default: false },
  ),
  connect_timeout: duration('How long establishing a connection may take.', { default: '5s' }),
  transaction_timeout: duration('How long an application service may take to answer a transaction.', {
    default: '60s',
  }),
  query_timeout: duration('How long an application service may take to say whether it has a user or an alias.', {
    default: '20s',
  }),
  connections_per_appservice: integer('Connections to one application service at once, in each process.', {
    default: 8,
    minimum: 1,
  }),
  idle_connection_timeout: duration('How long an unused connection is kept.', { default: '60s' }),
  keep_sent: duration('How long what was sent can be sent again by an administrator.', { default: '1d' }),
});

export type AppserviceDeliverySettings = Configured<typeof appserviceDelivery>;
