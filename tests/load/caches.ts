import { writeFile } from 'node:fs/promises';
import { createRedis } from '../support/servers/redis.ts';
import { drawPlot } from './caches/draw-plot.ts';
import { measureFactors } from './caches/measure-factors.ts';
import type { FactorRuns } from './caches/measure-factors.ts';
import { measureReads } from './caches/measure-reads.ts';
import type { ReadTimes } from './caches/measure-reads.ts';

/** What cached reads take, and what factors bring: `node --conditions=plexus-source tests/load/caches.ts [--keep]`. */
const redis = await createRedis();
await redis.start();
try {
  const reads = await measureReads(redis.address);
  const factors = await measureFactors();
  const page = writePage(reads, factors);
  console.log(page);
  if (process.argv.includes('--keep')) await keep(page, factors);
} finally {
  await redis.dispose();
}

async function keep(page: string, factors: FactorRuns): Promise<void> {
  const folder = new URL('../../docs/measurements/', import.meta.url);
  await writeFile(new URL('caches.md', folder), page);
  await writeFile(new URL('caches-hit-rate.svg', folder), plotOf(factors));
}

function plotOf({ runs, predicted }: FactorRuns): string {
  return drawPlot({
    title: 'Look-ups answered by the cache “aliases”',
    below: 'factor',
    positions: runs.map(({ factor }) => String(factor)),
    lines: [
      { name: 'by either level', color: '#1b6', shares: runs.map(({ both }) => both) },
      { name: 'by the process', color: '#15a', shares: runs.map(({ process: own }) => own) },
      { name: 'predicted with 1', color: '#d62', isDashed: true, shares: predicted },
    ],
  });
}

function writePage(reads: ReadTimes, { runs, predicted }: FactorRuns): string {
  const rows = runs.map(
    ({ factor, process: own, both }, index) =>
      `| ${factor} | ${percent(own)} | ${percent(both)} | ${percent(predicted[index] ?? 0)} |`,
  );
  return `# What cached reads take, and what factors bring

\`node --conditions=plexus-source tests/load/caches.ts --keep\` wrote this page, on a machine of two cores that does other work as well.

## A read

| who answers                                 | at the median |      bar |
| ------------------------------------------- | ------------: | -------: |
| the process, without waiting (\`peek\`)       | ${reads.peek.toFixed(2)} µs | |
| the process (\`get\`)                         | ${reads.levelOne.toFixed(2)} µs | 2 µs |
| Redis over loopback, one read at a time     | ${reads.levelTwo.toFixed(0)} µs | 300 µs |
| Redis over loopback, 16 at once, per read   | ${reads.levelTwoBusy.toFixed(0)} µs | |

Values of a kilobyte, decoded as text.

## The hit rate with the factor

Two processes look up 100,000 aliases 400,000 times in turn, the more popular ones more often (Zipf, exponent 0.8), once with each factor. The base size
is 10,000 in each process and 50,000 in the shared level. What the sample of a process with factor 1 predicts for the other factors stands beside it:
it is what \`plexus caches advise\` goes by.

![Hit rate with the factor](caches-hit-rate.svg)

| factor | by the process | by either level | predicted with factor 1 for the process |
| -----: | -------------: | --------------: | --------------------------------------: |
${rows.join('\n')}
`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
