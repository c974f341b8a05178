import ipaddr from 'ipaddr.js';
import type { ConfigProblem } from './config-error.ts';
import type { PlexusConfig } from './plexus-config.ts';

/** Names every entry of a list of networks that is neither a CIDR nor an address. */
export function checkNetworks({ listeners, federation, appservice_delivery: delivery }: PlexusConfig): ConfigProblem[] {
  return [
    ...listeners.flatMap((listener, index) =>
      checkList(`listeners[${index}].trusted_proxies`, listener.trusted_proxies ?? []),
    ),
    ...checkList('federation.ip_range_blacklist', federation.ip_range_blacklist),
    ...checkList('federation.ip_range_whitelist', federation.ip_range_whitelist),
    ...checkList('appservice_delivery.ip_range_blacklist', delivery.ip_range_blacklist),
    ...checkList('appservice_delivery.ip_range_whitelist', delivery.ip_range_whitelist),
  ];
}

function checkList(path: string, networks: readonly string[]): ConfigProblem[] {
  return networks.flatMap((network, index) =>
    isNetwork(network)
      ? []
      : [{ path: `${path}[${index}]`, reason: `must be a network such as 10.0.0.0/8 or an address, not "${network}"` }],
  );
}

function isNetwork(written: string): boolean {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(written) || ipaddr.IPv6.isValid(written);
  return isAddress || ipaddr.isValidCIDR(written);
}
