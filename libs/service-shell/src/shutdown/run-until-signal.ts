import { isatty } from 'node:tty';
import type { RootLogger } from '../logging/pino-logger.ts';

const NOT_NEEDED = 'The configuration file and certificates are read again when they change: no signal is needed';

export interface SignalOptions {
  readonly logger: RootLogger;
  /** Stops the service; resolves to whether everything stopped cleanly. */
  readonly stop: () => Promise<boolean>;
  readonly deadlineMs: number;
  /** A second signal within so many milliseconds is the first one again; a second where nothing is said. */
  readonly echoMs?: number;
}

/**
 * Ends the process on SIGINT and SIGTERM: 0 after a clean stop, 1 after the deadline, on a second signal, or where something failed to
 * stop. Ctrl-C reaches every process of the terminal, and npm passes on what it gets: such an echo is no second signal. An error that nobody caught ends it at once, with 1: the state is unknown, and whatever was acknowledged is durable.
 *
 * SIGHUP ends it where its terminal has gone. Elsewhere it is how servers are told to read their configuration again, which this one does by itself.
 */
export function runUntilSignal({ logger, stop, deadlineMs, echoMs = 1000 }: SignalOptions): void {
  let stoppingSince: number | undefined;
  const hasTerminal = isatty(0) || isatty(1);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => receive(signal));
  process.on('SIGHUP', () => (hasTerminal ? receive('SIGHUP') : logger.info(NOT_NEEDED, { signal: 'SIGHUP' })));
  process.on('uncaughtException', (error) => fail('An error was not caught', error));
  process.on('unhandledRejection', (error) => fail('A rejection was not handled', error));

  function receive(signal: NodeJS.Signals): void {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < echoMs) return;
      logger.error('Stopped by a second signal', { signal });
      exit(1);
      return;
    }
    stoppingSince = performance.now();
    logger.info('Stopping', { signal });
    setTimeout(() => {
      logger.error('Stopping took too long', { deadline_ms: deadlineMs });
      exit(1);
    }, deadlineMs).unref();
    stop().then(
      (clean) => exit(clean ? 0 : 1),
      (error: unknown) => fail('Stopping failed', error),
    );
  }

  function fail(message: string, error: unknown): void {
    logger.error(message, { err: error });
    exit(1);
  }

  function exit(code: number): void {
    logger.flush();
    process.exit(code);
  }
}
