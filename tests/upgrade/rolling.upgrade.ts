import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import { isFull } from '../recovery/support/settings.ts';
import { launchRelease } from './support/launch-release.ts';
import type { PreviousRelease } from './support/previous-release.ts';
import { preparePrevious } from './support/previous-release.ts';
import type { Turn } from './support/roll.ts';
import { roll } from './support/roll.ts';
import { underTraffic } from './support/traffic.ts';

const MINUTES = 60_000;

let previous: PreviousRelease;
let deployment: Deployment | undefined;
beforeAll(async () => {
  previous = await preparePrevious();
  console.log(`  ${previous.what}`);
}, 10 * MINUTES);
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

it('fails no request while each service is rolled forward, and back again', { timeout: 10 * MINUTES }, async () => {
  const running = await launchRelease({
    services: serviceNames,
    ...(previous.tree !== undefined && { tree: previous.tree }),
  });
  deployment = running;
  const turns: Turn[] = [];
  const met = await underTraffic(running, async () => {
    console.log(`  ${(await running.command(['migrate'])).trim().split('\n').at(-1)}`);
    turns.push(...(await roll(running, undefined)));
    turns.push(...(await roll(running, previous.tree)));
  });
  report(met, turns);
  expect(met.failures).toEqual([]);
  expect(met.violations).toEqual([]);
  expect(met.requests).toBeGreaterThan(300);
});

function report({ requests, lines }: { requests: number; lines: readonly string[] }, turns: readonly Turn[]): void {
  console.log(`  ${requests} requests while ${turns.length} processes were replaced`);
  for (const line of lines.slice(0, isFull ? Infinity : 5)) console.log(`    ${line}`);
  for (const { name, stopMs, startMs } of turns)
    console.log(`    ${name}: stopped in ${Math.round(stopMs)} ms, ready after ${Math.round(startMs)} ms`);
}
