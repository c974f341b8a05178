import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@plexus/service-shell';
import { ControlConnection } from './control-connection.ts';
import { prepareDatabaseFolder } from './database-folder.ts';
import { makeDataFolder } from './make-data-folder.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { Postmaster } from './postmaster.ts';
import type { PostmasterOptions } from './postmaster.ts';
import { databaseUrl, makeSocketFolder } from './socket-folder.ts';
import { stopOrphan } from './stop-orphan.ts';
import { chooseAccount } from './unprivileged-account.ts';

export interface EmbeddedPostgresOptions {
  /** The folder for everything that is kept; Postgres gets `postgres` in it. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Postgres ended and could not be started again; the process should end. */
  readonly onLost: (error: unknown) => void;
}

/** The one database, of both areas. */
export const database = 'plexus';
const restartPausesMs = [0, 100, 200, 500, 1000, 2000, 5000, 5000];

/**
 * A Postgres of our own in the data folder, reached through a socket that only its account can open.
 *
 *      start ──> running ──process ends──> restarting ──ready──> running
 *                   │                          └── too often ──> lost
 *                   └──stop()──> stopped
 *
 * Callers see lost connections while it restarts and connect again to the same URL. After `kill -9` of this process the next start finds
 * the orphan by its `postmaster.pid` and stops it first.
 */
export class EmbeddedPostgres {
  readonly url: string;
  readonly #options: EmbeddedPostgresOptions;
  readonly #parameters: PostmasterOptions;
  #postmaster: Postmaster;
  #control: ControlConnection;
  #isStopping = false;
  #restart: Promise<void> = Promise.resolve();

  private constructor(options: EmbeddedPostgresOptions, parameters: PostmasterOptions, running: Running) {
    this.#options = options;
    this.#parameters = parameters;
    this.#postmaster = running.postmaster;
    this.#control = running.control;
    this.url = databaseUrl(parameters.socketFolder, database);
    this.#watch();
  }

  /** Makes the database where there is none, and starts it. Throws StartError, one sentence, where that cannot be. */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const { logger } = options;
    const dataFolder = resolve(options.dataDir);
    const databaseFolder = join(dataFolder, 'postgres');
    const binaries = findPostgresBinaries();
    makeDataFolder(dataFolder);
    const account = chooseAccount(databaseFolder);
    await prepareDatabaseFolder(databaseFolder, binaries, account);
    const socketFolder = makeSocketFolder(dataFolder, account);
    const wasKilled = readPostmasterFile(databaseFolder) !== undefined;
    await stopOrphan({ dataFolder, databaseFolder, socketFolder, logger });
    const parameters = { binaries, databaseFolder, socketFolder, account, logger };
    const running = await launchPatiently(parameters, dataFolder, wasKilled ? restartPausesMs : [0]);
    return new EmbeddedPostgres(options, parameters, running);
  }

  /** The process id of Postgres as it runs now. */
  get pid(): number {
    return this.#postmaster.pid;
  }

  /** Whether Postgres takes connections, as far as we know. */
  get isRunning(): boolean {
    return this.#postmaster.isRunning;
  }

  /** Stops Postgres cleanly. Nobody should use it any more: their connections are cut. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#restart;
    if (this.#postmaster.isRunning) await this.#control.close();
    await this.#postmaster.stop();
  }

  #watch(): void {
    void this.#postmaster.exited.then((reason) => {
      if (this.#isStopping) return;
      this.#options.logger.error('Postgres ended; it is started again', { reason });
      this.#restart = this.#startAgain();
    });
  }

  async #startAgain(): Promise<void> {
    try {
      const running = await launchPatiently(this.#parameters, this.#options.dataDir, restartPausesMs);
      this.#postmaster = running.postmaster;
      this.#control = running.control;
      this.#watch();
    } catch (error) {
      this.#options.onLost(error);
    }
  }
}

interface Running {
  readonly postmaster: Postmaster;
  readonly control: ControlConnection;
}

/** A killed postmaster leaves children that take a moment to notice; until then a new one refuses to start. */
async function launchPatiently(
  parameters: PostmasterOptions,
  dataFolder: string,
  pausesMs: readonly number[],
): Promise<Running> {
  let failure: unknown;
  for (const pause of pausesMs) {
    await delay(pause);
    try {
      return await launch(parameters, dataFolder);
    } catch (error) {
      failure = error;
      parameters.logger.warn('Postgres did not start', { err: error });
    }
  }
  throw failure;
}

async function launch(parameters: PostmasterOptions, dataFolder: string): Promise<Running> {
  const postmaster = await Postmaster.start(parameters);
  try {
    const control = await ControlConnection.open(parameters.socketFolder, dataFolder);
    await control.createDatabase(database);
    return { postmaster, control };
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
}
