import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.ts';

/** Lets Nest speak through our logger; what it says while it starts is for debugging. */
export function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), contextOf(rest)),
    debug: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), contextOf(rest)),
    verbose: (message: unknown, ...rest: unknown[]) => logger.debug(String(message), contextOf(rest)),
    warn: (message: unknown, ...rest: unknown[]) => logger.warn(String(message), contextOf(rest)),
    error: (message: unknown, ...rest: unknown[]) =>
      logger.error(String(message), { ...contextOf(rest), err: message }),
    fatal: (message: unknown, ...rest: unknown[]) =>
      logger.error(String(message), { ...contextOf(rest), err: message }),
  };
}

function contextOf(rest: readonly unknown[]): Record<string, unknown> {
  return rest.length === 0 ? {} : { context: rest.at(-1) };
}
