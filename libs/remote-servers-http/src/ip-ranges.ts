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

/**
 * The lists have been checked when the configuration was loaded. Unspecified addresses (`0.0.0.0`, `::`) are never allowed, whatever the lists say: they lead to
 * this machine.
 */
export function compileIpRanges({ blacklist, whitelist }: IpRangeLists): IsAllowedAddress {
  const [denied, excepted] = [blacklist.map(parseRange), whitelist.map(parseRange)];
  return (written) => {
    const address = parseAddress(written);
    if (address === undefined || address.range() === 'unspecified') return false;
    if (excepted.some((range) => contains(range, address))) return true;
    const forms = formsOf(address);
    return !denied.some((range) => forms.some((form) => contains(range, form)));
  };
}

/** An IPv6 address that stands for an IPv4 one (IPv4-compatible, 6to4) leads to where that one does. */
function formsOf(address: Address): readonly Address[] {
  if (!(address instanceof ipaddr.IPv6)) return [address];
  const [first, second = 0, third = 0] = address.parts;
  if (first === SIX_TO_FOUR) return [address, fromWords(second, third)];
  const [high = 0, low = 0] = address.parts.slice(6);
  const isCompatible = address.parts.slice(0, 6).every((word) => word === 0) && (high !== 0 || low > 1);
  return isCompatible ? [address, fromWords(high, low)] : [address];
}

const SIX_TO_FOUR = 0x2002;

function fromWords(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255]);
}

/** IPv4 in the clothes of IPv6 is IPv4. */
function parseAddress(written: string): Address | undefined {
  const bare = written.split('%', 1)[0] ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** What comes before the IPv4 address. */
const MAPPED_BITS = 96;

function parseRange(network: string): [Address, number] {
  if (network.includes('/')) {
    const [address, bits] = ipaddr.parseCIDR(network);
    const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
    return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : [address, bits];
  }
  const address = parseAddress(network);
  if (address === undefined) throw new TypeError(`${network} is not a network`);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function contains([network, bits]: [Address, number], address: Address): boolean {
  if (network.kind() !== address.kind()) return false;
  return address.match(network, bits);
}
