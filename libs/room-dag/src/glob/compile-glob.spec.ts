import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, compileLiteral } from './compile-glob.ts';

const few = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength, size: 'max' }).map((characters) => characters.join(''));

describe('compileGlob: the whole text', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['?', '', false],
    ['?', 'a', true],
    ['?', '😀', true],
    ['??', '😀', false],
    ['a*b', 'ab', true],
    ['a*b', 'a-b-b', true],
    ['a*b', 'abc', false],
    ['*.evil.com', 'evil.com', false],
    ['*.evil.com', 'x.evil.com', true],
    ['evil.com', 'evilxcom', false],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
    ['\\*', '\\x', true],
    ['?**?*', 'x', false],
    ['?**?*', 'xy', true],
    ['a', 'A', false],
  ])('%j against %j: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern).matches(text)).toBe(expected);
  });

  it('decides as a regular expression does', () => {
    fc.assert(
      fc.property(few('ab*?', 12), few('abc', 20), (pattern, text) => {
        expect(compileGlob(pattern).matches(text)).toBe(new RegExp(`^${regexOf(pattern)}$`, 'su').test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('decides as a regular expression does when the glob takes several words of states', () => {
    fc.assert(
      fc.property(few('ab?', 70), few('ab', 70), fc.boolean(), (pattern, text, isOwn) => {
        const subject = isOwn ? pattern.replaceAll('?', 'x') : text;
        const glob = `${pattern}*${text}`;
        expect(compileGlob(glob).matches(subject + text)).toBe(
          new RegExp(`^${regexOf(glob)}$`, 'su').test(subject + text),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('costs nothing for a glob that is longer than the text', () => {
    const pattern = Array.from({ length: 60_000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join('?');
    expect(timeOf(() => compileGlob(pattern).matches('evil.com'))).toBeLessThan(100);
  });

  it('takes time that is linear in the text', () => {
    const hostile = compileGlob(`${'a*'.repeat(100)}b`);
    const short = timeOf(() => hostile.matches('a'.repeat(10_000)));
    const long = timeOf(() => hostile.matches('a'.repeat(100_000)));
    expect(long).toBeLessThan(Math.max(short, 0.1) * 40);
  });
});

describe('compileGlob: words', () => {
  it.each([
    ['ex*ple', 'An example event.', true],
    ['ex*ple', 'exple', true],
    ['ex*ple', 'An exciting triple-whammy', true],
    ['ex*ple', 'inexample', false],
    ['ex*ple', 'examples', false],
    ['cake', 'cake', true],
    ['cake', 'pancake', false],
    ['cake', 'pan-cake!', true],
    ['cake', 'cake_', false],
    ['cake', 'cake7', false],
    ['cake', 'pancake cake', true],
    ['cake', 'écake', true],
    ['caké', 'un caké', true],
    ['@room', 'hello @room', true],
    ['@room', 'hello@room', true],
    ['@room', '@rooms', false],
    ['?ake', 'a cake', true],
    ['*', '', true],
    ['', 'anything', true],
    ['a b', 'a b', true],
    ['a b', 'aa b', false],
  ])('%j in %j: %s', (pattern, text, expected) => {
    expect(compileGlob(pattern).matchesWords(text)).toBe(expected);
  });

  it('decides as trying every part of the text does', () => {
    fc.assert(
      fc.property(few('ab *?', 6), few('ab- ', 12), (pattern, text) => {
        expect(compileGlob(pattern).matchesWords(text)).toBe(matchesSomePart(pattern, text));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('compileLiteral', () => {
  it.each([
    ['Al?ce *', 'hi Al?ce *!', true],
    ['Al?ce', 'hi Alice', false],
    ['*', 'anything', false],
    ['*', 'a * b', true],
    ['Alice', 'malice', false],
  ])('%j as words in %j: %s', (literal, text, expected) => {
    expect(compileLiteral(literal).matchesWords(text)).toBe(expected);
  });

  it('matches the text itself only', () => {
    expect(compileLiteral('a*').matches('a*')).toBe(true);
    expect(compileLiteral('a*').matches('ab')).toBe(false);
  });
});

function matchesSomePart(pattern: string, text: string): boolean {
  const glob = new RegExp(`^${regexOf(pattern)}$`, 'su');
  const isBoundary = (at: number) => !/^\w\w$/.test(text.slice(at - 1, at + 1)) || at === 0;
  const boundaries = Array.from({ length: text.length + 1 }, (_, at) => at).filter(isBoundary);
  return boundaries.some((start) => boundaries.some((end) => end >= start && glob.test(text.slice(start, end))));
}

function regexOf(pattern: string): string {
  return pattern.replaceAll('?', '.').replaceAll(/\*+/g, '.*');
}

function timeOf(act: () => unknown): number {
  const times = Array.from({ length: 10 }, () => {
    const started = performance.now();
    act();
    return performance.now() - started;
  });
  return Math.min(...times);
}
