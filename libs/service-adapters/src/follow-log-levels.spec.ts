import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import { createLogger } from '@plexus/service-shell';
import type { RootLogger } from '@plexus/service-shell';
import { FakeLogLevels } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { followLogLevels } from './follow-log-levels.ts';

/** Its delays pass when it is told that time has gone by. */
class HandClock implements Clock {
  #now = 1_000_000;
  readonly #waiting = new Set<{ readonly at: number; readonly end: () => void }>();

  now(): number {
    return this.#now;
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ at: this.#now + ms, end: resolve });
      signal?.addEventListener('abort', () => resolve());
    });
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const { at, end } of this.#waiting) if (at <= this.#now) end();
    await setImmediate();
  }
}

let logger: RootLogger;
let levels: FakeLogLevels;
let clock: HandClock;
let stop: () => void;

beforeEach(() => {
  logger = createLogger({ service: 'sync', level: 'info', output: { write: () => undefined } });
  levels = new FakeLogLevels();
  clock = new HandClock();
  stop = followLogLevels(levels, { logger, clock, service: 'sync' });
});

it('takes the level of its service, else that of all, else the configured one', async () => {
  levels.put({ service: 'client-api', level: 'debug' });
  expect(logger.level).toBe('info');
  levels.put({ service: 'all', level: 'warn' });
  expect(logger.level).toBe('warn');
  levels.put({ service: 'sync', level: 'debug' });
  expect(logger.level).toBe('debug');
  await levels.removeLevel('sync');
  expect(logger.level).toBe('warn');
});

it('goes back by itself when the time is over', async () => {
  levels.put({ service: 'all', level: 'error' });
  levels.put({ service: 'sync', level: 'debug', expiresAt: clock.now() + 60_000 });
  await clock.pass(59_000);
  expect(logger.level).toBe('debug');
  await clock.pass(1_000);
  expect(logger.level).toBe('error');
});

it('leaves alone what is over, and what a newer release may have set', () => {
  levels.put({ service: 'sync', level: 'debug', expiresAt: clock.now() - 1 });
  levels.put({ service: 'all', level: 'shouting' });
  expect(logger.level).toBe('info');
});

it('changes nothing after it has stopped', () => {
  stop();
  levels.put({ service: 'all', level: 'warn' });
  expect(logger.level).toBe('info');
});
