import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCanonicalJson } from './canonical-json.ts';
import { ExactNumber } from './exact-number.ts';
import { MAX_JSON_DEPTH } from './json-depth.ts';
import { findNumber, isJsonObject } from './json-value.ts';
import type { JsonValue } from './json-value.ts';
import { parseJson, parseStrictJson } from './parse-json.ts';

describe('parseJson', () => {
  it.each([
    '1.0',
    '1e3',
    '1E3',
    '1e+3',
    '-0',
    '-0.0',
    '0.5',
    '9007199254740992',
    '-9007199254740992',
    '1e400',
    '123456789012345678901',
  ])('keeps the text of %s, alone and inside', (number) => {
    expect(valueOf(parseJson(number))).toEqual(new ExactNumber(number));
    const inside = valueOf(parseJson(`{"a":[ 1,${number} ,{"b":${number}}]}`));
    expect(inside).toEqual({ a: [1, new ExactNumber(number), { b: new ExactNumber(number) }] });
    expect(encodeCanonicalJson(inside, 'any')).toBe(`{"a":[1,${number},{"b":${number}}]}`);
  });

  it.each(['0', '-1', '10', '9007199254740991', '-9007199254740991', '999999999999999', '1000000000000000'])(
    'takes %s as a number',
    (number) => {
      expect(parseJson(`[${number}]`)).toEqual({ outcome: 'ok', value: [Number(number)], hasExactNumbers: false });
    },
  );

  it('does not look for numbers inside strings', () => {
    const text = String.raw`{"1.0":"costs 1.5, -0 \" 1e3","b\\":"\\","c":1}`;
    expect(parseJson(text)).toEqual({ outcome: 'ok', value: JSON.parse(text), hasExactNumbers: false });
  });

  it('reads valid surrogate pairs, escaped or not', () => {
    expect(valueOf(parseJson(String.raw`"\ud83d\ude00 \uD83D\uDE00 😀"`))).toBe('😀 😀 😀');
  });

  it.each([String.raw`"\ud83d"`, String.raw`{"\ude00":1}`, String.raw`["a",{"b":"\ude00\ud83d"}]`, '"\ud83d"'])(
    'refuses half a surrogate pair in %s',
    (text) => {
      expect(parseJson(text)).toMatchObject({ outcome: 'reject', rule: 'json.surrogate' });
    },
  );

  it.each([
    [[0x22, 0xff, 0x22]],
    [[0x22, 0xc3, 0x22]],
    [[0x22, 0xed, 0xa0, 0x80, 0x22]],
    [[0x22, 0xc0, 0x80, 0x22]],
    [[0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
  ])('refuses bytes that are not UTF-8: %j', (bytes) => {
    expect(parseJson(Uint8Array.from(bytes))).toMatchObject({ outcome: 'reject', rule: 'json.utf8' });
  });

  it.each([
    '',
    '{',
    '{"a":tru}',
    '01',
    '1.',
    '.5',
    '+1',
    'NaN',
    'Infinity',
    "{'a':1}",
    '{"a":1,}',
    '[1] 2',
    '\ufeff{}',
    '"\n"',
  ])('refuses %j', (text) => {
    expect(parseJson(text)).toMatchObject({ outcome: 'reject', rule: 'json.syntax' });
    expect(parseJson(Buffer.from(text))).toMatchObject({ outcome: 'reject', rule: 'json.syntax' });
  });

  it('reads as deep as the limit and refuses deeper, however deep', () => {
    expect(parseJson(nested(MAX_JSON_DEPTH))).toMatchObject({ outcome: 'ok' });
    expect(parseJson(nested(MAX_JSON_DEPTH + 1))).toMatchObject({ outcome: 'reject', rule: 'json.depth' });
    expect(parseJson('{"a":'.repeat(200_000) + '1.0' + '}'.repeat(200_000))).toMatchObject({ rule: 'json.depth' });
  });

  it('takes the last of a repeated key, also where numbers keep their text', () => {
    expect(valueOf(parseJson('{"a":1,"a":2}'))).toEqual({ a: 2 });
    expect(valueOf(parseJson('{"a":1.5,"b":0,"a":2}'))).toEqual({ a: 2, b: 0 });
    expect(valueOf(parseJson('{"a":2,"b":0,"a":1.5}'))).toEqual({ a: new ExactNumber('1.5'), b: 0 });
  });

  it('keeps a key named __proto__ as a key', () => {
    const value = valueOf(parseJson('{"__proto__":{"admin":1.0}}'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(encodeCanonicalJson(value, 'any')).toBe('{"__proto__":{"admin":1.0}}');
  });

  it('equals JSON.parse on JSON without such numbers', () => {
    const text = fc
      .jsonValue({ stringUnit: 'grapheme' })
      .map((value) =>
        JSON.stringify(value, (_key, member) => (typeof member === 'number' ? Math.trunc(member % 1e15) : member), 2),
      );
    fc.assert(
      fc.property(text, (json) => {
        expect(parseJson(json)).toEqual({ outcome: 'ok', value: JSON.parse(json), hasExactNumbers: false });
      }),
    );
  });

  it('never loses the text of a number', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
      fc.bigInt().map(String),
      fc
        .tuple(fc.integer(), fc.integer({ min: 0, max: 999 }), fc.integer({ min: -400, max: 400 }))
        .map(([a, b, c]) => `${a}.${b}e${c}`),
    );
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const value = valueOf(parseJson(`[${numbers.join(' , ')}]`));
        expect(encodeCanonicalJson(value, 'any')).toBe(`[${numbers.join(',')}]`);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (source) => {
        expect(parseJson(source).outcome).toMatch(/^(ok|reject)$/);
      }),
    );
  });
});

describe('parseStrictJson', () => {
  it.each(['{"a":1.0}', '[1e3]', '-0', '9007199254740992'])('refuses %s', (text) => {
    expect(parseStrictJson(text)).toMatchObject({ outcome: 'reject', rule: 'json.number' });
  });

  it('accepts integers in range', () => {
    expect(parseStrictJson('{"a":[-5,9007199254740991]}')).toMatchObject({ outcome: 'ok' });
  });
});

describe('ExactNumber', () => {
  it('reaches JSON for clients with its text', () => {
    expect(JSON.stringify({ a: new ExactNumber('1.50'), b: [new ExactNumber('9007199254740993')] })).toBe(
      '{"a":1.50,"b":[9007199254740993]}',
    );
  });

  it('is a number and not an object', () => {
    expect(isJsonObject(new ExactNumber('1.0'))).toBe(false);
    expect(findNumber(new ExactNumber('1.5e1'))).toBe(15);
    expect(findNumber(7)).toBe(7);
    expect(findNumber('7')).toBeUndefined();
  });
});

function valueOf(parsed: ReturnType<typeof parseJson>): JsonValue {
  if (parsed.outcome !== 'ok') throw new Error(parsed.because);
  return parsed.value;
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}
