import ipaddr from 'ipaddr.js';

export interface IpRangeLists {
  /** Networks or addresses that are never connected to. */
  readonly blacklist: readonly string[];
  /** Exceptions from it. */
  readonly whitelist: readonly string[];
}

/** Whether an address may be connected to. What is no address may not. */
export type IsAllowedAddress = (address: string) => boolean;

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The lists have been checked when the configuration was loaded. */
export function compileIpRanges({ blacklist, whitelist }: IpRangeLists): IsAllowedAddress {
  const [denied, excepted] = [blacklist.map(parseRange), whitelist.map(parseRange)];
  return (written) => {
    const address = parseAddress(written);
    if (address === undefined) return false;
    const isIn = (ranges: readonly [Address, number][]): boolean => ranges.some((range) => contains(range, address));
    return isIn(excepted) || !isIn(denied);
  };
}

/** IPv4 in the clothes of IPv6 is IPv4. */
function parseAddress(written: string): Address | undefined {
  const bare = written.split('%', 1)[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function parseRange(network: string): [Address, number] {
  if (network.includes('/')) return ipaddr.parseCIDR(network);
  const address = parseAddress(network);
  if (address === undefined) throw new TypeError(`${network} is not a network`);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function contains([network, bits]: [Address, number], address: Address): boolean {
  if (network.kind() !== address.kind()) return false;
  return address.match(network, bits);
}
