import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { DnsResolver } from './dns-resolver.ts';
import type { IsAllowedAddress } from './ip-ranges.ts';

/** Every address of a host is in a network that is not connected to. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
  readonly code = 'PLEXUS_FORBIDDEN_ADDRESS';
}

/**
 * Resolves host names for the sockets of Node, which connect to nothing but what comes out of here: an address that was checked is the one
 * that is connected to, whatever DNS says the next time.
 */
export function checkedLookup(dns: Pick<DnsResolver, 'addressesOf'>, isAllowed: IsAllowedAddress): LookupFunction {
  return (host, options, callback) => {
    findAddresses(dns, isAllowed, host).then(
      (addresses) => {
        const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
        const fitting = addresses.filter(({ family }) => wanted === undefined || family === wanted);
        const [first] = fitting;
        if (first === undefined) return callback(notFound(host), '');
        if (options.all === true) return callback(null, fitting);
        return callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : notFound(host), ''),
    );
  };
}

interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

async function findAddresses(
  dns: Pick<DnsResolver, 'addressesOf'>,
  isAllowed: IsAllowedAddress,
  host: string,
): Promise<FoundAddress[]> {
  const all = await dns.addressesOf(host);
  const allowed = all.filter(isAllowed);
  if (all.length > 0 && allowed.length === 0)
    throw new ForbiddenAddressError(`${host} is in a network that is not connected to`);
  return allowed.map((address) => ({ address, family: isIP(address) }));
}

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}
