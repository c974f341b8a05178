import type { Finding } from './finding.ts';
import { fault } from './finding.ts';

/** A look at one thing. What it cannot reach it may throw. */
export interface Check {
  readonly subject: string;
  /** What to do where it throws. */
  readonly advice: string;
  /** All at once, or one after the other where it takes long. */
  run(): Promise<readonly Finding[]> | AsyncIterable<Finding>;
}

/** Runs one check after the other, and tells of each finding as soon as it is there. Whatever is thrown is a fault. */
export async function runChecks(checks: readonly Check[], tell: (finding: Finding) => void): Promise<Finding[]> {
  const all: Finding[] = [];
  for (const check of checks) {
    for await (const finding of findingsOf(check)) {
      all.push(finding);
      tell(finding);
    }
  }
  return all;
}

async function* findingsOf({ subject, advice, run }: Check): AsyncGenerator<Finding> {
  try {
    const found = run();
    yield* Symbol.asyncIterator in found ? found : await found;
  } catch (error) {
    yield fault(subject, error instanceof Error ? error.message : String(error), advice);
  }
}
