import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Logger } from '../logging/logger.ts';
import { StartError } from '../service/start-error.ts';

/** A certificate with its key, as text and ready for use. */
export interface Certificate {
  readonly pem: { readonly cert: string; readonly key: string; readonly ca?: string };
  readonly context: SecureContext;
}

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  /** Of the authorities whose certificates are accepted from the other side. */
  readonly ca?: string;
}

export interface WatchOptions {
  readonly logger: Logger;
  /** How often the files are looked at. Looking works where notifications do not: mounted volumes, replaced links. */
  readonly intervalMs?: number;
}

/**
 * A certificate and key from files that may be replaced while running. While the two do not fit together, as between two writes, the
 * former ones stay in use.
 */
export class CertificateFiles {
  readonly #paths: CertificatePaths;
  readonly #logger: Logger;
  readonly #reload = () => this.#tryReload();
  readonly #listeners: (() => void)[] = [];
  #current: Certificate;

  /** Throws where the files cannot be used at start. */
  constructor(paths: CertificatePaths, { logger, intervalMs = 5000 }: WatchOptions) {
    this.#paths = paths;
    this.#logger = logger;
    this.#current = loadAtStart(paths);
    for (const path of Object.values<string>({ ...paths })) {
      watchFile(path, { interval: intervalMs, persistent: false }, this.#reload);
    }
  }

  get current(): Certificate {
    return this.#current;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    for (const path of Object.values<string>({ ...this.#paths })) unwatchFile(path, this.#reload);
  }

  #tryReload(): void {
    try {
      this.#current = load(this.#paths);
    } catch (error) {
      const fields = { path: this.#paths.cert, err: error };
      this.#logger.warn('A changed TLS certificate cannot be used; the former one stays', fields);
      return;
    }
    this.#logger.info('Reloaded a TLS certificate', { path: this.#paths.cert });
    for (const listener of this.#listeners) listener();
  }
}

export function certificateFrom(pem: Certificate['pem']): Certificate {
  return { pem, context: createSecureContext({ ...pem, minVersion: 'TLSv1.2' }) };
}

function load({ cert, key, ca }: CertificatePaths): Certificate {
  return certificateFrom({
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
  });
}

function loadAtStart(paths: CertificatePaths): Certificate {
  try {
    return load(paths);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new StartError(`The TLS certificate ${paths.cert} with the key ${paths.key} cannot be used: ${because}.`, {
      cause: error,
    });
  }
}
