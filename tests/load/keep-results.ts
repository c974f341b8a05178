import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFormatted } from '../support/write-formatted.ts';
import type { Report } from './report.ts';
import { renderReport } from './report.ts';

const folder = join(new URL('../..', import.meta.url).pathname, 'docs', 'measurements');
const data = join(folder, 'bench.json');
const page = join(folder, 'bench.md');

/** Puts results in the place of earlier ones of the same scenarios, and renders the page of all that are kept. */
export async function keepResults(report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  const all = mergeReports(await readKept(), report);
  await writeFile(data, `${JSON.stringify(all, undefined, 2)}\n`);
  await writeFormatted(page, renderReport(all));
}

/** The later report's scenarios replace those of the earlier one; what it does not say stays. */
export function mergeReports(earlier: Report, later: Report): Report {
  const replaced = new Set(later.results.map(({ scenario }) => scenario));
  const kept = earlier.results.filter(({ scenario }) => !replaced.has(scenario));
  return {
    facts: later.facts.length > 0 ? later.facts : earlier.facts,
    results: [...kept, ...later.results],
  };
}

async function readKept(): Promise<Report> {
  const text = await readFile(data, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{"facts":[],"results":[]}';
    throw error;
  });
  return JSON.parse(text);
}
