import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { Environment } from './environment.ts';
import { loadChangeable } from './load-config.ts';
import type { ChangeableConfig } from './plexus-config.ts';

/** How often the file is looked at: with what reads it, a change is in force within two seconds. */
const LOOK_MS = 500;

export interface ConfigFollowerOptions {
  readonly path: string;
  readonly environment: Environment;
  readonly clock: Clock;
  /** The file has changed and cannot be used: nothing changes. */
  readonly onError: (error: unknown) => void;
}

/**
 * Reads the configuration file again whenever it has changed: for what can be changed while the process runs. A file that is replaced, or a
 * link that leads elsewhere (as a mounted ConfigMap's does), counts as changed when its content is another one.
 */
export class ConfigFollower {
  readonly #options: ConfigFollowerOptions;
  readonly #listeners: ((config: ChangeableConfig, fingerprint: number) => void)[] = [];
  readonly #stopping = new AbortController();
  #seen: string | undefined;
  #fingerprint: number;
  /** What was told last, so that it is told once. */
  #fault: string | undefined;
  #following: Promise<void> | undefined;

  constructor(options: ConfigFollowerOptions) {
    this.#options = options;
    this.#fingerprint = fingerprintOf(options.path);
  }

  /** Of the file's content: the same number in every process that has read the same. */
  get fingerprint(): number {
    return this.#fingerprint;
  }

  onChange(listener: (config: ChangeableConfig, fingerprint: number) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pauseBetweenLooks(LOOK_MS, this.#options.clock, this.#stopping.signal);
      try {
        await this.#look();
        this.#fault = undefined;
      } catch (error) {
        if (String(error) !== this.#fault) this.#options.onError(error);
        this.#fault = String(error);
      }
    }
  }

  async #look(): Promise<void> {
    const { path, environment } = this.#options;
    const { mtimeMs, ino, size } = await stat(path);
    const seen = `${mtimeMs} ${ino} ${size}`;
    if (seen === this.#seen) return;
    const fingerprint = fingerprintOf(path);
    const config = fingerprint === this.#fingerprint ? undefined : loadChangeable(path, environment);
    this.#seen = seen;
    if (config === undefined) return;
    this.#fingerprint = fingerprint;
    for (const listener of this.#listeners) listener(config, fingerprint);
  }
}

/** 48 bits, so that a metric can hold it. */
function fingerprintOf(path: string): number {
  return createHash('sha256').update(readFileSync(path)).digest().readUIntBE(0, 6);
}
