import { describe, expect, it } from 'vitest';
import type { RanTest, TestGroup } from './tally-tests.ts';
import { firstLine, tallyTests } from './tally-tests.ts';

const passed: RanTest = { name: 'tea is hot', state: 'passed', error: '' };
const failed: RanTest = {
  name: 'tea is green',
  state: 'failed',
  error: 'expected black to be green\n\n- green\n+ black',
};
const skipped: RanTest = { name: 'tea is sweet', state: 'skipped', error: '' };

describe('tallyTests', () => {
  it('counts what passed, in groups within groups too', () => {
    const files = [
      group({ tests: [passed], groups: [group({ tests: [passed], groups: [group({ tests: [passed] })] })] }),
    ];
    expect(tallyTests('unit', { files, errors: [] })).toEqual({ passed: 3, failed: [] });
  });

  it('names a test that failed with the first line of why', () => {
    const files = [group({ tests: [passed, failed] })];
    const { failed: faults } = tallyTests('unit', { files, errors: [] });
    expect(faults).toEqual(['unit: tea is green: expected black to be green']);
  });

  it('counts a test that somebody skips as failed', () => {
    const files = [group({ tests: [skipped] })];
    expect(tallyTests('unit', { files, errors: [] })).toEqual({ passed: 0, failed: ['unit: tea is sweet (skipped)'] });
  });

  it('makes one failure of the tests that a failed hook left out', () => {
    const broken = group({
      name: 'tea',
      errors: ['no water\nat kettle'],
      groups: [group({ tests: [skipped, { ...skipped }] })],
    });
    const { failed: faults } = tallyTests('flows', {
      files: [group({ groups: [broken], tests: [passed] })],
      errors: [],
    });
    expect(faults).toEqual(['flows: tea could not be run (2 tests): no water']);
  });

  it('makes one failure of groups that fail for one reason', () => {
    const files = ['tea', 'coffee', 'cocoa'].map((name) =>
      group({ name, errors: ['no water'], tests: [{ ...skipped }] }),
    );
    const other = group({ name: 'cake', errors: ['no flour'], tests: [{ ...skipped }] });
    expect(tallyTests('flows', { files: [...files, other], errors: [] }).failed).toEqual([
      'flows: tea and 2 more could not be run (3 tests): no water',
      'flows: cake could not be run (1 tests): no flour',
    ]);
  });

  it('keeps tests that failed by themselves apart from those that were left out', () => {
    const files = [group({ name: 'tea', errors: ['the cup broke'], tests: [passed, failed] })];
    expect(tallyTests('flows', { files, errors: [] })).toEqual({
      passed: 1,
      failed: ['flows: tea is green: expected black to be green', 'flows: tea failed around the tests: the cup broke'],
    });
  });

  it('counts errors outside of every test', () => {
    const { failed: faults } = tallyTests('unit', { files: [group({ tests: [passed] })], errors: ['unheard'] });
    expect(faults).toEqual(['unit: outside of the tests: unheard']);
  });
});

describe('firstLine', () => {
  it('leaves out colors and empty lines', () => {
    expect(firstLine('\n  \u001B[31mno water\u001B[39m\nat kettle')).toBe('no water');
  });
});

function group(of: Partial<TestGroup>): TestGroup {
  return { name: 'a group', errors: [], tests: [], groups: [], ...of };
}
