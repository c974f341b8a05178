import type { Finding } from './finding.ts';
import { fault } from './finding.ts';

/** A look at one thing. What it cannot reach it may throw. */
export interface Check {
  readonly subject: string;
  /** What to do where it throws. */
  readonly advice: string;
  run(): Promise<readonly Finding[]>;
}

/** Runs one check after the other, and tells of each finding as soon as it is there. Whatever is thrown is a fault. */
export async function runChecks(checks: readonly Check[], tell: (finding: Finding) => void): Promise<Finding[]> {
  const all: Finding[] = [];
  for (const check of checks) {
    const found = await findingsOf(check);
    all.push(...found);
    for (const finding of found) tell(finding);
  }
  return all;
}

async function findingsOf({ subject, advice, run }: Check): Promise<readonly Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [fault(subject, error instanceof Error ? error.message : String(error), advice)];
  }
}
