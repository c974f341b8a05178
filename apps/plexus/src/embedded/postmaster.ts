import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Logger } from '@plexus/service-shell';
import { StartError } from '@plexus/service-shell';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { postgresArguments } from './postgres-settings.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { commandAs } from './unprivileged-account.ts';
import type { Account } from './unprivileged-account.ts';
import { waitUntil } from './wait-until.ts';

export interface PostmasterOptions {
  readonly binaries: PostgresBinaries;
  readonly databaseFolder: string;
  readonly socketFolder: string;
  readonly account: Account | undefined;
  readonly logger: Logger;
}

const startDeadlineMs = 60_000;
const fastStopMs = 15_000;

/** A Postgres that is our child. */
export class Postmaster {
  readonly #child: ChildProcess;
  readonly exited: Promise<string>;
  #isRunning = true;
  #lastWords = '';

  private constructor({ binaries, databaseFolder, socketFolder, account, logger }: PostmasterOptions) {
    const [program = '', ...rest] = commandAs(account, binaries.postgres, [databaseFolder, socketFolder]);
    this.#child = spawn(program, [...rest, ...postgresArguments(databaseFolder, socketFolder)], {
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
      // In a process group of its own: Ctrl-C in a terminal is for us alone, and we stop Postgres when nobody needs it any more.
      detached: true,
    });
    if (this.#child.stderr !== null) {
      createInterface(this.#child.stderr).on('line', (line) => {
        this.#lastWords = line;
        logger.warn('Postgres says', { line });
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(resolve, error.message));
      this.#child.once('close', (code, signal) => this.#end(resolve, signal ?? `exit code ${code}`));
    });
  }

  /** Starts Postgres and waits until it takes connections. Throws where it ends instead, with its last words. */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const postmaster = new Postmaster(options);
    const isReady = await waitUntil(() => {
      if (!postmaster.#isRunning) return false;
      const file = readPostmasterFile(options.databaseFolder);
      return file?.pid === postmaster.pid && file.isReady ? true : undefined;
    }, startDeadlineMs);
    if (isReady === true) return postmaster;
    await postmaster.stop();
    throw new StartError(`Postgres did not start: ${postmaster.#lastWords || (await postmaster.exited)}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Ends connections, writes a checkpoint and stops; after a while without that. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGQUIT'), fastStopMs);
    await this.exited;
    clearTimeout(timer);
  }

  #end(resolve: (reason: string) => void, reason: string): void {
    this.#isRunning = false;
    resolve(reason);
  }
}
