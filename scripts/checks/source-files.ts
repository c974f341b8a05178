import { globSync, readFileSync } from 'node:fs';

export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const root = new URL('../../', import.meta.url).pathname;

/** The files that match, without what a build or a generator made. */
export function readSources(patterns: readonly string[]): SourceFile[] {
  const paths = globSync(patterns, { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist|generated)$/.test(name) });
  return paths.toSorted().map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
}

/** Prints what is wrong, one per line, and makes the check fail where there is anything. */
export function reportProblems(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
