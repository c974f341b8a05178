import { lookup, Resolver } from 'node:dns/promises';

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** The questions that are put to DNS. */
export interface DnsResolver {
  /** IPv4 and IPv6 addresses of a host, in the order in which they are to be tried. Throws with a `code` where there are none. */
  addressesOf(host: string): Promise<readonly string[]>;
  /** Nothing where the name has no such records. Throws where DNS gives no answer. */
  srvRecordsOf(name: string): Promise<readonly SrvRecord[]>;
}

const NO_SUCH = new Set(['ENOTFOUND', 'ENODATA', 'ENOTIMP']);
const TIMEOUT_MS = 4_000;
const TRIES = 2;

/**
 * Asks the name servers of the machine, from this thread: the system's own look-up takes one of a few threads for as long as a server is
 * silent, and a few dead names would hold up all others. It has the word only for names that DNS does not know: they may be in the hosts
 * file.
 */
export class SystemDns implements DnsResolver {
  readonly #resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  async addressesOf(host: string): Promise<readonly string[]> {
    if (isLoopbackName(host)) return lookUp(host);
    const answers = await Promise.allSettled([this.#resolver.resolve6(host), this.#resolver.resolve4(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failure = answers.find((answer) => answer.status === 'rejected' && !isNoSuch(answer.reason));
    if (failure?.status === 'rejected') throw failure.reason;
    return lookUp(host);
  }

  async srvRecordsOf(name: string): Promise<readonly SrvRecord[]> {
    try {
      return await this.#resolver.resolveSrv(name);
    } catch (error) {
      if (isNoSuch(error)) return [];
      throw error;
    }
  }
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function isLoopbackName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost');
}

function isNoSuch(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_SUCH.has(String(error.code));
}
