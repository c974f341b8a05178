import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import type { ClientTlsSettings } from '../config/sections/client-tls.ts';
import type { Logger } from '../logging/logger.ts';
import { StartError } from '../service/start-error.ts';

export interface ClientTlsOptions {
  /** Who is connected to, in messages. */
  readonly peer: string;
  /** Told where changed files cannot be used. */
  readonly logger?: Logger;
}

type Files = Pick<ClientTlsSettings, 'ca' | 'cert' | 'key'>;

/**
 * What `tls.connect` takes to reach one of the operator's servers. Throws `StartError` where the files cannot be used.
 *
 * @NOTE `secureContext` is a getter, and the clients of Postgres, Redis and Kafka copy these options for each connection that they make: so each new
 * connection has the files as they are by then, and those that stand are left alone. Hand the object on by reference; a copy of it is a copy of
 * the certificates.
 */
export function clientTls(settings: ClientTlsSettings, options: ClientTlsOptions): ConnectionOptions {
  const { verify, server_name: serverName } = settings;
  const certificates = new ClientCertificates(settings, options);
  return {
    get secureContext() {
      return certificates.current();
    },
    rejectUnauthorized: verify !== 'none',
    ...(verify === 'ca' && { checkServerIdentity: () => undefined }),
    ...(verify === 'full' &&
      serverName !== undefined && { checkServerIdentity: (_host, peer) => checkServerIdentity(serverName, peer) }),
    // An address is no name that a client may ask for (RFC 6066, section 3).
    ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
  };
}

/** Reads its files again where they have changed since. While they do not fit together, as between two writes, the former ones stay in use. */
class ClientCertificates {
  readonly #files: Files;
  readonly #options: ClientTlsOptions;
  #stamp: string;
  #context: SecureContext;

  constructor(files: Files, options: ClientTlsOptions) {
    this.#files = files;
    this.#options = options;
    try {
      this.#stamp = stampOf(files);
      this.#context = read(files);
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      throw new StartError(`The TLS files for ${options.peer} cannot be used: ${because}.`, { cause: error });
    }
  }

  current(): SecureContext {
    const { peer, logger } = this.#options;
    try {
      const stamp = stampOf(this.#files);
      if (stamp === this.#stamp) return this.#context;
      this.#context = read(this.#files);
      this.#stamp = stamp;
      logger?.info('Reloaded TLS files', { peer });
    } catch (error) {
      logger?.warn('Changed TLS files cannot be used; the former ones stay', { peer, err: error });
    }
    return this.#context;
  }
}

/** Changes with each write, and where a link is set to another file. */
function stampOf({ ca, cert, key }: Files): string {
  const stats = [ca, cert, key].filter((path) => path !== undefined).map((path) => statSync(path, { bigint: true }));
  return stats.map(({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`).join(' ');
}

function read({ ca, cert, key }: Files): SecureContext {
  return createSecureContext({
    ...(ca !== undefined && { ca: readFileSync(ca) }),
    ...(cert !== undefined && { cert: readFileSync(cert) }),
    ...(key !== undefined && { key: readFileSync(key) }),
    minVersion: 'TLSv1.2',
  });
}
