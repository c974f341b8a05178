import { worthOf } from './advise-factors.ts';
import type { Advice } from './advise-factors.ts';

const HEADINGS = ['cache', 'factor', 'hits', 'proposed', 'hits then', 'hits gained', 'MiB', 'hits per MiB'];

/** A table of all caches, and what to write into the configuration. */
export function printAdvice(advices: readonly Advice[]): string[] {
  const changed = advices.filter(({ use, factor }) => factor !== use.factor);
  const settings = changed.map(({ use: { name }, factor }) => `    ${name}: ${factor}`);
  return [
    ...alignColumns([HEADINGS, ...advices.map(rowOf)]),
    '',
    ...(settings.length === 0
      ? ['No other factors are proposed.']
      : ['caches:', '  per_cache_factors:', ...settings.sort()]),
  ];
}

function rowOf(advice: Advice): string[] {
  const { use, factor, hitRate, hitRateThen, hitsGained, bytesMore, isUnknown } = advice;
  if (isUnknown) return [use.name, String(use.factor), 'too few look-ups to say'];
  const now = [use.name, String(use.factor), percent(hitRate)];
  if (factor === use.factor) return [...now, '='];
  const worth = worthOf(advice);
  return [
    ...now,
    String(factor),
    percent(hitRateThen),
    String(hitsGained),
    (bytesMore / 1024 ** 2).toFixed(1),
    Number.isFinite(worth) ? worth.toFixed(1) : '',
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function alignColumns(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.filter((row) => row.length !== 3 || column < 2).map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
