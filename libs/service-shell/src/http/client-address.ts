import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Answers whether an address belongs to a proxy whose `X-Forwarded-For` is believed. */
export type IsTrusted = (address: string) => boolean;

/** The networks are CIDRs or single addresses, checked when the configuration is loaded. */
export function trustNetworks(networks: readonly string[]): IsTrusted {
  const ranges = networks.map(parseRange);
  if (ranges.length === 0) return () => false;
  return (written) => {
    const address = parse(written);
    return address !== undefined && ranges.some((range) => contains(range, address));
  };
}

/**
 * The address of the client as text, IPv4-mapped IPv6 as IPv4: the peer, or, where the peer is a trusted proxy, the right-most hop of
 * `X-Forwarded-For` that is not a trusted proxy. Entries further left are the client's own words. An entry that is no address ends the
 * walk: the last proxy that is known counts.
 */
export function findClientAddress(peer: string, forwardedFor: string | undefined, isTrusted: IsTrusted): string {
  let client = normalizeAddress(peer);
  if (forwardedFor === undefined || !isTrusted(client)) return client;
  for (const hop of forwardedFor.split(',').toReversed()) {
    const address = parse(withoutPort(hop.trim()));
    if (address === undefined) return client;
    client = address.toString();
    if (!isTrusted(client)) return client;
  }
  return client;
}

/** `::ffff:10.0.0.1` as `10.0.0.1`, IPv6 shortened and without its zone; anything else as it is. */
export function normalizeAddress(written: string): string {
  if (!written.includes(':')) return written;
  return parse(written)?.toString() ?? written;
}

function parse(written: string): Address | undefined {
  const bare = written.split('%', 1)[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop);
  if (bracketed) return bracketed[1] ?? '';
  return hop.includes('.') ? hop.replace(/^([^:]*):\d+$/, '$1') : hop;
}

function parseRange(network: string): [Address, number] {
  if (network.includes('/')) return ipaddr.parseCIDR(network);
  const address = parse(network);
  if (address === undefined) throw new Error(`${network} is not a network`);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function contains([network, bits]: [Address, number], address: Address): boolean {
  if (network.kind() !== address.kind()) return false;
  return address.match(network, bits);
}
