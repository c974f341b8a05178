import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import type { LogLevel } from '../config/sections/operation.ts';
import type { LogFields, Logger } from './logger.ts';
import { redactFields } from './redact-fields.ts';
import { redactText } from './redact-text.ts';
import { contextFields } from './request-context.ts';

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Standard output where it is not given. */
  readonly output?: DestinationStream;
}

/** A logger whose level can be changed while it runs; its children follow. */
export interface RootLogger extends Logger {
  level: LogLevel;
  /** Writes out what is still in memory, before the process ends. */
  flush(): void;
}

export function createLogger({ service, level, output }: LoggerOptions): RootLogger {
  const stream = output ?? destination({ dest: 1, sync: true });
  const options = {
    level: 'trace',
    base: { service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    messageKey: 'message',
    serializers: { err: (error: unknown) => error },
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: contextFields,
  };
  return new PinoRootLogger(pino(options, stream), level);
}

type Severity = 'error' | 'warn' | 'info' | 'debug';

const rank: Readonly<Record<LogLevel, number>> = { fatal: 60, error: 50, warn: 40, info: 30, debug: 20, trace: 10 };

/** One holder per process, so that a change reaches every child at once. */
interface Threshold {
  level: LogLevel;
}

class PinoLogger implements Logger {
  protected readonly target: Pino;
  protected readonly threshold: Threshold;

  constructor(target: Pino, threshold: Threshold) {
    this.target = target;
    this.threshold = threshold;
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.target.child(redactFields(fields)), this.threshold);
  }

  #write(severity: Severity, message: string, fields: LogFields | undefined): void {
    if (rank[severity] < rank[this.threshold.level]) return;
    this.target[severity](fields === undefined ? {} : redactFields(fields), redactText(message));
  }
}

class PinoRootLogger extends PinoLogger implements RootLogger {
  constructor(target: Pino, level: LogLevel) {
    super(target, { level });
  }

  get level(): LogLevel {
    return this.threshold.level;
  }

  set level(level: LogLevel) {
    this.threshold.level = level;
  }

  flush(): void {
    this.target.flush();
  }
}
