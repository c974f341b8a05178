import { stripVTControlCharacters } from 'node:util';

/** What a step found. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
}

/** A file or a `describe` as it ran: what failed around its tests (a hook, an import), its own tests, and the groups within it. */
export interface TestGroup {
  readonly name: string;
  readonly errors: readonly string[];
  readonly tests: readonly RanTest[];
  readonly groups: readonly TestGroup[];
}

export interface RanTest {
  readonly name: string;
  readonly state: string;
  readonly error: string;
}

export interface RunReport {
  readonly files: readonly TestGroup[];
  /** What failed outside of every test. */
  readonly errors: readonly string[];
}

/**
 * Counts the tests of a run, and says of each failure why. Tests that were left out because a hook or an import around them failed are one
 * failure; groups that failed for the same reason (what they share could not be started) are one together.
 */
export function tallyTests(project: string, report: RunReport): Tally {
  const tests = report.files.flatMap(testsOf);
  const notRun = report.files.flatMap(notRunIn);
  const leftOut = new Set(notRun.flatMap((group) => group.tests));
  const failed = tests.filter((test) => test.state !== 'passed' && !leftOut.has(test));
  const faults = [
    ...failed.map((test) =>
      test.state === 'failed' ? because(test.name, test.error) : `${test.name} (${test.state})`,
    ),
    ...byReason(notRun).map(describeNotRun),
    ...report.errors.map((error) => because('outside of the tests', error)),
  ];
  return {
    passed: tests.filter(({ state }) => state === 'passed').length,
    failed: faults.map((fault) => `${project}: ${fault}`),
  };
}

/** The first line of what an error says, short enough for one line. */
export function firstLine(text: string): string {
  const line = stripVTControlCharacters(text)
    .split('\n')
    .find((each) => each.trim() !== '');
  return line?.trim().slice(0, 300) ?? '';
}

interface NotRun {
  readonly names: readonly string[];
  readonly error: string;
  readonly tests: readonly RanTest[];
}

function testsOf(group: TestGroup): readonly RanTest[] {
  return [...group.tests, ...group.groups.flatMap(testsOf)];
}

function notRunIn(group: TestGroup): readonly NotRun[] {
  const [error] = group.errors;
  if (error === undefined) return group.groups.flatMap(notRunIn);
  return [{ names: [group.name], error: firstLine(error), tests: testsOf(group).filter(wasLeftOut) }];
}

function wasLeftOut({ state }: RanTest): boolean {
  return state !== 'passed' && state !== 'failed';
}

function byReason(groups: readonly NotRun[]): readonly NotRun[] {
  const found = new Map<string, NotRun>();
  for (const { names, error, tests } of groups) {
    const before = found.get(error) ?? { names: [], error, tests: [] };
    found.set(error, { names: [...before.names, ...names], error, tests: [...before.tests, ...tests] });
  }
  return [...found.values()];
}

function describeNotRun({ names: [name = '', ...more], error, tests }: NotRun): string {
  const named = more.length === 0 ? name : `${name} and ${more.length} more`;
  const what = tests.length === 0 ? 'failed around the tests' : `could not be run (${tests.length} tests)`;
  return because(`${named} ${what}`, error);
}

function because(what: string, error: string): string {
  const reason = firstLine(error);
  return reason === '' ? what : `${what}: ${reason}`;
}
