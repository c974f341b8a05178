import { describe, expect, it } from 'vitest';
import { compileNamespace, findRegexFault, literalPrefixOf } from './namespace.ts';

function isMatch(regex: string, name: string): boolean {
  return compileNamespace({ regex, isExclusive: true }).includes(name);
}

describe('compileNamespace', () => {
  it.each([
    ['@_irc_.*', '@_irc_alice:one.example', true],
    ['@_irc_.*', '@irc_alice:one.example', false],
    ['@_irc_', '@_irc_alice:one.example', true],
    ['^@_irc_.*:one\\.example$', '@_irc_alice:one.example', true],
    ['^@_irc_.*:one\\.example$', '@_irc_alice:one.example.org', false],
    ['_irc_', '@_irc_alice:one.example', false],
    ['@a|@b', '@b:one.example', true],
    ['@(a|b)_.*', '@b_x:one.example', true],
    ['(?i)@IRC_.*', '@irc_x:one.example', true],
    ['#x?y', '#y:one.example', true],
    ['#x{0,2}y', '#y:one.example', true],
    ['#x+y', '#y:one.example', false],
    ['#ü.*', '#übung:one.example', true],
    ['.*', '!anything', true],
  ])('%s and %s: %s', (regex, name, expected) => {
    expect(isMatch(regex, name)).toBe(expected);
  });

  it('answers at once where other engines try for ever', () => {
    const begun = performance.now();
    expect(isMatch('@(a+)+(a|aa)*$', `@${'a'.repeat(250)}!`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('findRegexFault', () => {
  it.each(['@_irc_.*', '^[a-z]+$', '(?:a|b){1,3}', '\\d+'])('takes %s', (regex) => {
    expect(findRegexFault(regex)).toBeUndefined();
  });

  it.each(['[', '(a', '*', '(?!x)y', '(?<=x)y', '(a)\\1', 'a'.repeat(2_001), '((a{1000}){1000}){1000}'])(
    'refuses %s',
    (regex) => {
      expect(findRegexFault(regex)).toEqual(expect.any(String));
    },
  );
});

it.each([
  ['@_irc_.*', '@_irc_'],
  ['^@irc', '@irc'],
  ['ab*', 'a'],
  ['ab+', 'ab'],
  ['ab?c', 'a'],
  ['ab{2}', 'a'],
  ['a|b', ''],
  ['(?i)a', ''],
  ['a\\.b', 'a'],
  ['', ''],
])('finds that what %s matches begins with "%s"', (regex, prefix) => {
  expect(literalPrefixOf(regex)).toBe(prefix);
});
