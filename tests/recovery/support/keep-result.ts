import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFormatted } from '../../support/write-formatted.ts';
import type { RoundResult } from './run-round.ts';
import { isFull } from './settings.ts';

export interface KeptResult {
  readonly name: string;
  readonly expected: 'no violation' | 'a violation';
  readonly result: RoundResult;
}

/** What is kept of the last time that a round ran. */
interface KeptRound extends Pick<KeptResult, 'name' | 'expected'> {
  /** The day, in the form of ISO 8601. */
  readonly date: string;
  readonly seed: number;
  readonly seconds: number;
  readonly acknowledged: number;
  readonly events: number;
  /** How often each was inflicted. */
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly firstViolations: readonly string[];
}

const root = new URL('../../..', import.meta.url).pathname;
const folder = join(root, 'docs', 'measurements', 'faults');
const page = join(root, 'docs', 'measurements', 'faults.md');

const SHOWN_VIOLATIONS = 3;
const SHOWN_LENGTH = 300;

/** Keeps the result of a round of a full run in a file of its own, and makes the page of all that were ever kept. */
export async function keepResult({ name, expected, result }: KeptResult): Promise<void> {
  if (!isFull) return;
  const { faults, violations, seed, seconds, acknowledged, events } = result;
  const kept: KeptRound = {
    name,
    expected,
    date: new Date().toISOString().slice(0, 10),
    seed,
    seconds,
    acknowledged,
    events,
    faults: countOf(faults),
    violations: violations.length,
    firstViolations: violations.slice(0, SHOWN_VIOLATIONS).map((violation) => violation.slice(0, SHOWN_LENGTH)),
  };
  await mkdir(folder, { recursive: true });
  await writeFormatted(join(folder, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`), JSON.stringify(kept));
  const files = (await readdir(folder)).toSorted();
  const all = await Promise.all(files.map(async (file) => parse(await readFile(join(folder, file), 'utf8'))));
  await writeFormatted(page, render(all));
}

function countOf(faults: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(faults, (fault) => fault)].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(groups.map(([fault, times]) => [fault, times.length]));
}

function parse(text: string): KeptRound {
  return JSON.parse(text);
}

function render(all: readonly KeptRound[]): string {
  return [
    '# Faults',
    '',
    'The last time that each round of `npm test -- --full recovery` ran, written by the runs themselves, on machines with 2 processors.',
    'Clients work and watch all the time; after each fault every client must be answered again. Then a checker reads the log of every shard and',
    'compares it with what was acknowledged and with what everybody saw.',
    '',
    '| run | date | seed | faults | seconds | acknowledged | events | violations |',
    '| --- | ---- | ---: | -----: | ------: | -----------: | -----: | ---------- |',
    ...all.map(rowOf),
    '',
    ...all.flatMap(sectionOf),
  ].join('\n');
}

function rowOf(round: KeptRound): string {
  const { name, date, seed, faults, seconds, acknowledged, events, violations, expected } = round;
  const inflicted = Object.values(faults).reduce((sum, times) => sum + times, 0);
  const found = `${violations} (${expected} expected)`;
  return `| ${[name, date, seed, inflicted, seconds, acknowledged, events, found].join(' | ')} |`;
}

function sectionOf({ name, faults, firstViolations }: KeptRound): string[] {
  const lines = Object.entries(faults).map(([fault, times]) =>
    times === 1 ? `- ${fault}` : `- ${fault} (${times} times)`,
  );
  const found = firstViolations.flatMap((violation) => ['>', `> ${violation}`]).slice(1);
  return [
    `## ${name}`,
    '',
    ...lines,
    ...(found.length === 0 ? [] : ['', 'What the checker found first:', '', ...found]),
    '',
  ];
}
