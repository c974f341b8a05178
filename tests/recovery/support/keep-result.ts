import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { RoundResult } from './run-round.ts';
import { isFull } from './settings.ts';

export interface KeptResult {
  readonly name: string;
  readonly expected: 'no violation' | 'a violation';
  readonly result: RoundResult;
}

const root = new URL('../../..', import.meta.url).pathname;
const folder = join(root, 'test-output', 'faults');
const page = join(root, 'docs', 'measurements', 'faults.md');

/** Keeps the result of a full run: as a file of its own, and on the page that is made of all of them. */
export async function keepResult(kept: KeptResult): Promise<void> {
  if (!isFull) return;
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${kept.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  const all = await Promise.all(files.map(async (name) => parse(await readFile(join(folder, name), 'utf8'))));
  await writeFile(page, await format(render(all), { ...(await resolveConfig(page)), filepath: page }));
}

function parse(text: string): KeptResult {
  return JSON.parse(text);
}

function render(all: readonly KeptResult[]): string {
  const processors = `${availableParallelism()} processors`;
  return [
    '# Faults',
    '',
    `The last full run of \`npm test -- --full recovery\`, written by the run itself, on a machine with ${processors}. Clients`,
    'work and watch all the time; after each fault every client must be answered again. Then a checker reads the log of every shard and',
    'compares it with what was acknowledged and with what everybody saw.',
    '',
    '| run | seed | faults | seconds | acknowledged | events | violations |',
    '| --- | ---: | -----: | ------: | -----------: | -----: | ---------- |',
    ...all.map(rowOf),
    '',
    ...all.flatMap(sectionOf),
  ].join('\n');
}

function rowOf({ name, expected, result }: KeptResult): string {
  const { seed, faults, seconds, acknowledged, events, violations } = result;
  const cells = [
    name,
    seed,
    faults.length,
    seconds,
    acknowledged,
    events,
    `${violations.length} (${expected} expected)`,
  ];
  return `| ${cells.join(' | ')} |`;
}

const SHOWN_VIOLATIONS = 3;

function sectionOf({ name, result }: KeptResult): string[] {
  const counts = [...Map.groupBy(result.faults, (fault) => fault)].map(([fault, times]) => {
    return times.length === 1 ? `- ${fault}` : `- ${fault} (${times.length} times)`;
  });
  const violations = result.violations.slice(0, SHOWN_VIOLATIONS).map((violation) => `> ${violation.slice(0, 300)}`);
  const found =
    violations.length === 0
      ? []
      : ['', 'What the checker found first:', '', ...violations.flatMap((line) => [line, '>'])];
  return [`## ${name}`, '', ...counts.toSorted(), ...found.slice(0, found.at(-1) === '>' ? -1 : undefined), ''];
}
