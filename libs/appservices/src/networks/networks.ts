import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Whether what is written is a network (CIDR) or an address. */
export function isNetwork(written: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(written) || ipaddr.IPv6.isValid(written) || ipaddr.isValidCIDR(written);
}

/**
 * Answers whether an address lies in one of the networks. An IPv4 address counts as such however it is written (`::ffff:10.0.0.1`), in the
 * list as well. What is no address lies nowhere, and neither does one that is meant on a single link (`fe80::1%eth0`).
 */
export function compileNetworks(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.map(parseNetwork);
  return (written) => {
    const address = parseAddress(written);
    return address !== undefined && ranges.some(([network, bits]) => isWithin(address, network, bits));
  };
}

function isWithin(address: Address, network: Address, bits: number): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function parseAddress(written: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(written)) return ipaddr.IPv4.parse(written);
  if (written.includes('%') || !ipaddr.IPv6.isValid(written)) return undefined;
  const address = ipaddr.IPv6.parse(written);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

const MAPPED_BITS = 96;

function parseNetwork(written: string): [Address, number] {
  if (!written.includes('/')) {
    const address = parseAddress(written);
    if (address === undefined) throw new Error(`${written} is not a network`);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [network, bits] = ipaddr.parseCIDR(written);
  const isMapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [network.toIPv4Address(), bits - MAPPED_BITS] : [network, bits];
}
