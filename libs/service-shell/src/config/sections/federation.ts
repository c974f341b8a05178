import { flag, group, list, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

/** Networks that are not for the public Internet. */
export const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '169.254.0.0/16',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::1/128',
  'fe80::/10',
  'fc00::/7',
  '2001:db8::/32',
  'ff00::/8',
  'fec0::/10',
  '64:ff9b::/96',
];

export const federation = group('Connections to other homeservers.', {
  verify_certificates: flag('Whether other servers’ TLS certificates are checked.', { default: true }),
  ip_range_blacklist: list('Networks that are never connected to.', text('A network.'), { default: privateNetworks }),
  ip_range_whitelist: list('Exceptions from `ip_range_blacklist`.', text('A network.'), { default: [] }),
});

export type FederationSettings = Configured<typeof federation>;
