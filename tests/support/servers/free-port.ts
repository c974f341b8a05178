import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: one of those would take the place of a server that is down for a moment. */
const FIRST = 10_240;
const END = 32_768;
const ATTEMPTS = 100;

/** Lanes of a test run and workers of a lane choose apart: what one was given, and listens on later, the others would find free. */
const LANES = 2;
const WORKERS = 4;
const SHARES = LANES * WORKERS;
const share = numberIn('PLEXUS_TEST_LANE', LANES) * WORKERS + numberIn('VITEST_POOL_ID', WORKERS);

/** Who gets a port listens on it later only: a cluster chooses dozens before the first process runs. */
const given = new Set<number>();

/** A TCP port of the loopback interface that nothing listens on now, and that this process was not given before. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + randomInt((END - FIRST) / SHARES) * SHARES + share;
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error('this machine has no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function numberIn(variable: string, below: number): number {
  return Number(process.env[variable] ?? 0) % below;
}
