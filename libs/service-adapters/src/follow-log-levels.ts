import type { Clock } from '@plexus/matrix-base';
import type { LogLevel, RootLogger } from '@plexus/service-shell';
import type { LogLevels } from '@plexus/storage';

export interface FollowLogLevelsOptions {
  readonly logger: RootLogger;
  readonly clock: Clock;
  /** Of this process. */
  readonly service: string;
}

const LEVELS: readonly string[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] satisfies LogLevel[];
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Keeps the level of this process's log at what administrators have set: for its service, else for all, else as it was at start. A level that
 * was set for a time ends by itself. The result ends it.
 */
export function followLogLevels(levels: LogLevels, { logger, clock, service }: FollowLogLevelsOptions): () => void {
  const configured = logger.level;
  let waiting = new AbortController();
  const stop = levels.onChange(apply);
  apply();
  return () => {
    stop();
    waiting.abort();
  };

  function apply(): void {
    waiting.abort();
    waiting = new AbortController();
    const now = clock.now();
    const valid = levels.list().filter(({ expiresAt = Infinity, level }) => expiresAt > now && LEVELS.includes(level));
    const found = valid.find((one) => one.service === service) ?? valid.find((one) => one.service === 'all');
    const level = found !== undefined && isLevel(found.level) ? found.level : configured;
    if (level !== logger.level) {
      logger.info('The level of the log changes', { from: logger.level, to: level });
      logger.level = level;
    }
    const next = Math.min(...valid.map(({ expiresAt = Infinity }) => expiresAt));
    if (next !== Infinity) void applyAt(next, waiting.signal);
  }

  async function applyAt(time: number, signal: AbortSignal): Promise<void> {
    await clock.delay(Math.min(Math.max(1, time - clock.now()), LONGEST_WAIT_MS), signal);
    if (!signal.aborted) apply();
  }
}

function isLevel(level: string): level is LogLevel {
  return LEVELS.includes(level);
}
