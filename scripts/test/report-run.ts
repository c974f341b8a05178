import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { RanTest, RunReport, TestGroup } from './tally-tests.ts';

/** Vitest's own report says nothing of hooks of a `describe` that failed: this one writes what `tallyTests` reads. */
export default class RunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message?: string }[]): void {
    const path = process.env['PLEXUS_TEST_REPORT'];
    if (path === undefined) throw new Error('PLEXUS_TEST_REPORT does not say where the report goes');
    const report: RunReport = {
      files: modules.map(reportFile),
      errors: errors.map(({ message = 'no message' }) => message),
    };
    writeFileSync(path, JSON.stringify(report));
  }
}

function reportFile(module: TestModule): TestGroup {
  const group = reportGroup(module, module.relativeModuleId);
  const hasEnded = ['passed', 'failed', 'skipped'].includes(module.state());
  return hasEnded ? group : { ...group, errors: [...group.errors, 'it did not come to an end'] };
}

function reportGroup(group: TestModule | TestSuite, name: string): TestGroup {
  return {
    name,
    errors: group.errors().map(({ message }) => message),
    tests: [...group.children.tests()].map(reportTest),
    groups: [...group.children.suites()].map((suite) => reportGroup(suite, suite.fullName)),
  };
}

function reportTest(test: TestCase): RanTest {
  const { state, errors } = test.result();
  return { name: test.fullName, state, error: errors?.[0]?.message ?? '' };
}
