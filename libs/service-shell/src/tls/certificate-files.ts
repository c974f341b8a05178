import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../logging/logger.ts';
import { StartError } from '../service/start-error.ts';

export interface Pem {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** A certificate with its key, as text and ready for use. */
export interface Certificate {
  readonly pem: Pem;
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
 *
 * @NOTE The files' contents are compared, not their times: two writes within one tick of the file system's clock leave the same time.
 */
export class CertificateFiles {
  readonly #paths: CertificatePaths;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners: (() => void)[] = [];
  #current: Certificate;
  /** What was found last, of use or not; nothing where it could not be read. */
  #found: Pem | undefined;
  #isLooking = false;

  /** Throws where the files cannot be used at start. */
  constructor(paths: CertificatePaths, { logger, intervalMs = 5000 }: WatchOptions) {
    this.#paths = paths;
    this.#logger = logger;
    this.#current = loadAtStart(paths);
    this.#found = this.#current.pem;
    this.#timer = setInterval(() => void this.#look(), intervalMs).unref();
  }

  get current(): Certificate {
    return this.#current;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#take(await read(this.#paths));
    } catch (error) {
      if (this.#found !== undefined) this.#complain(error);
      this.#found = undefined;
    } finally {
      this.#isLooking = false;
    }
  }

  #take(pem: Pem): void {
    if (isDeepStrictEqual(pem, this.#found)) return;
    this.#found = pem;
    try {
      this.#current = certificateFrom(pem);
    } catch (error) {
      return this.#complain(error);
    }
    this.#logger.info('Reloaded a TLS certificate', { path: this.#paths.cert });
    for (const listener of this.#listeners) listener();
  }

  #complain(error: unknown): void {
    const fields = { path: this.#paths.cert, err: error };
    this.#logger.warn('A changed TLS certificate cannot be used; the former one stays', fields);
  }
}

export function certificateFrom(pem: Pem): Certificate {
  return { pem, context: createSecureContext({ ...pem, minVersion: 'TLSv1.2' }) };
}

async function read({ cert, key, ca }: CertificatePaths): Promise<Pem> {
  return {
    cert: await readFile(cert, 'utf8'),
    key: await readFile(key, 'utf8'),
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
  };
}

function loadAtStart({ cert, key, ca }: CertificatePaths): Certificate {
  try {
    return certificateFrom({
      cert: readFileSync(cert, 'utf8'),
      key: readFileSync(key, 'utf8'),
      ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new StartError(`The TLS certificate ${cert} with the key ${key} cannot be used: ${because}.`, {
      cause: error,
    });
  }
}
