/** One thing that is wrong with the configuration: where, and what. */
export interface ConfigProblem {
  /** For example `listeners[0].tls.cert`; empty for the file as a whole. */
  readonly path: string;
  readonly reason: string;
  readonly line?: number;
}

/** The configuration cannot be used; the message names every problem by its path. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(source: string, problems: readonly ConfigProblem[]) {
    const sorted = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    super([`The configuration (${source}) cannot be used:`, ...sorted.map(describe)].join('\n'));
    this.problems = sorted;
  }
}

function describe({ path, reason, line }: ConfigProblem): string {
  const place = line === undefined ? '' : ` (line ${line})`;
  return path === '' ? `  ${reason}${place}` : `  ${path}: ${reason}${place}`;
}
