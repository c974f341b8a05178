import { cpus, totalmem } from 'node:os';
import type { Summary } from './statistics.ts';

export interface ScenarioResult {
  readonly scenario: string;
  readonly unit: string;
  /** By the target's name; text where it was not run. */
  readonly targets: Readonly<Record<string, Summary | string>>;
}

/** With when and how long it was measured. */
export interface KeptResult extends ScenarioResult {
  /** The day. */
  readonly at: string;
  /** Of one round; nothing where it was not kept. */
  readonly seconds?: number;
  readonly rounds?: number;
}

export interface Report {
  readonly facts: readonly string[];
  readonly results: readonly KeptResult[];
}

const PEER = 'Synapse';

/** One table for all scenarios: each target's numbers, and its ratios to the peer's of the same run. */
export function renderReport(report: Report): string {
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    '# Benchmark against Synapse',
    '',
    `\`npm run bench -- --keep\` on ${machine}, ${daysOf(report)}. Rounds alternate between the targets, and begin`,
    'when all are at rest; rates and costs are medians of the rounds, latencies are over all operations. CPU and memory are those of all',
    'processes of a side, database, broker and cache included; the load generator shares the machine with them and is not counted.',
    'Scenarios of single operations count a fixed number of them, the others run for the time of a round.',
    '',
    ...report.facts.map((fact) => `- ${fact}`),
    '',
    '| scenario | target | per second | × Synapse | CPU s per 1,000 | Synapse ÷ | median ms | p95 ms | p99 ms | memory MiB |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...report.results.flatMap(renderScenario),
    '',
  ].join('\n');
}

function daysOf({ results }: Report): string {
  const runs = new Set(
    results.map(({ at, rounds, seconds }) =>
      rounds === undefined ? `${at} (rounds not kept)` : `${at} (${rounds} rounds of ${seconds} s)`,
    ),
  );
  return [...runs].join(', ');
}

function renderScenario({ scenario, targets }: ScenarioResult): string[] {
  const peer = targets[PEER];
  return Object.entries(targets).map(([target, summary]) => {
    if (typeof summary === 'string') return `| ${scenario} | ${target} | ${summary} | | | | | | | |`;
    const isCompared = typeof peer === 'object' && target !== PEER;
    const cells = [
      summary.perSecond.toFixed(1),
      isCompared ? (summary.perSecond / peer.perSecond).toFixed(1) : '',
      summary.cpuPerThousand.toFixed(2),
      isCompared ? (peer.cpuPerThousand / summary.cpuPerThousand).toFixed(1) : '',
      summary.medianMs.toFixed(2),
      summary.p95Ms.toFixed(2),
      summary.p99Ms.toFixed(2),
      summary.memoryMiB.toFixed(0),
    ];
    return `| ${scenario} | ${target} | ${cells.join(' | ')} |`;
  });
}
