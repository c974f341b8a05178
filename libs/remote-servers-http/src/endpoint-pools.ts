import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { checkServerIdentity, createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import type { ServerEndpoint } from '@plexus/remote-servers';

export interface EndpointPoolsOptions {
  readonly lookup: LookupFunction;
  /** Whether the certificate of a server of this name is checked. */
  readonly isVerified: (certificateName: string) => boolean;
  /** PEM texts of authorities besides the public ones. */
  readonly authorities: readonly string[];
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly connectionsPerEndpoint: number;
}

interface PoolEntry {
  readonly pool: Pool;
  uses: number;
}

/** The connections to each endpoint; an endpoint without any takes no memory. */
export class EndpointPools {
  readonly #options: EndpointPoolsOptions;
  readonly #secureContext: SecureContext;
  readonly #entries = new Map<string, PoolEntry>();

  constructor(options: EndpointPoolsOptions) {
    this.#options = options;
    // Made once: reading all public authorities takes milliseconds.
    this.#secureContext = createSecureContext({ ca: [...getCACertificates('default'), ...options.authorities] });
  }

  /** How many endpoints there are connections to. */
  get size(): number {
    return this.#entries.size;
  }

  async use<T>(endpoint: ServerEndpoint, work: (pool: Pool) => Promise<T>): Promise<T> {
    const { host, port, hostHeader, certificateName, isPlain = false } = endpoint;
    const key = [isPlain, host, port, hostHeader, certificateName].join(' ');
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { pool: this.#open(endpoint, () => this.#dropIfIdle(key)), uses: 0 };
      this.#entries.set(key, entry);
    }
    entry.uses += 1;
    try {
      return await work(entry.pool);
    } finally {
      entry.uses -= 1;
      this.#dropIfIdle(key);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ pool }) => pool.destroy()));
    this.#entries.clear();
  }

  #dropIfIdle(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.uses > 0 || entry.pool.stats.connected > 0) return;
    this.#entries.delete(key);
    void entry.pool.destroy();
  }

  #open({ host, port, certificateName, isPlain = false }: ServerEndpoint, disconnected: () => void): Pool {
    const { lookup, connectTimeoutMs, idleTimeoutMs, connectionsPerEndpoint } = this.#options;
    const connect = buildConnector({
      allowH2: false,
      timeout: connectTimeoutMs,
      lookup,
      secureContext: this.#secureContext,
      rejectUnauthorized: this.#options.isVerified(certificateName),
      checkServerIdentity: (_name, certificate) => checkServerIdentity(certificateName, certificate),
    });
    const servername = isIP(certificateName) === 0 ? certificateName : '';
    // @NOTE What is connected to never goes through a URL: that makes an address of a host such as `2130706433`, which nobody would look up and check then.
    const pool = new Pool(`${isPlain ? 'http' : 'https'}://endpoint:${port}`, {
      connect: ({ host: _host, ...options }, callback) => connect({ ...options, hostname: host, servername }, callback),
      connections: connectionsPerEndpoint,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: idleTimeoutMs,
      // The whole request has a limit of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    pool.on('disconnect', disconnected);
    return pool;
  }
}
