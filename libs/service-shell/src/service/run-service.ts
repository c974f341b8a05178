import { parseArgs } from 'node:util';
import { findConfigPath, loadConfig, SECTIONS_OF_ALL } from '../config/load-config.ts';
import type { ConfigSection } from '../config/load-config.ts';
import { createLogger } from '../logging/pino-logger.ts';
import type { RootLogger } from '../logging/pino-logger.ts';
import { runUntilSignal } from '../shutdown/run-until-signal.ts';
import { reportFailedStart } from './report-failed-start.ts';
import { startService } from './start-service.ts';
import type { RunningService, ServiceOptions } from './start-service.ts';

export interface RunOptions extends Omit<ServiceOptions, 'config' | 'configPath' | 'logger'> {
  /** Sections of the configuration whose secrets the service needs beside those that all need: others may be out of its reach. */
  readonly secretsOf: readonly ConfigSection[] | 'all';
}

/**
 * The main of an app: reads `--config`, starts the service and runs it until a signal comes. Where it does not start it is stopped, and the process
 * ends at once: what rests in a timer would hold it up for seconds.
 */
export async function runService({ secretsOf, ...options }: RunOptions): Promise<RunningService> {
  let logger: RootLogger | undefined;
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } });
    const needed = secretsOf === 'all' ? undefined : [...SECTIONS_OF_ALL, ...secretsOf];
    const config = loadConfig({ path: values.config, secretsOf: needed });
    const ownLogger = createLogger({ service: options.name, level: config.log.level });
    logger = ownLogger;
    let started: RunningService | undefined;
    let startup: Promise<RunningService>;
    runUntilSignal({
      logger: ownLogger,
      deadlineMs: config.shutdown.deadline + config.shutdown.unready_delay,
      stop: async () => (started ?? (await startup)).stop(),
    });
    const configPath = findConfigPath({ path: values.config });
    startup = startService({ ...options, config, configPath, logger: ownLogger });
    started = await startup;
    return started;
  } catch (error) {
    reportFailedStart(error);
    logger?.flush();
    process.exit();
  }
}
