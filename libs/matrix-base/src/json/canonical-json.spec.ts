import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalJsonError, compareByCodePoint, encodeCanonicalJson } from './canonical-json.ts';
import { ExactNumber } from './exact-number.ts';
import { MAX_JSON_DEPTH } from './json-depth.ts';
import type { JsonFault } from './json-fault.ts';
import type { JsonObject, JsonValue } from './json-value.ts';

/** Safe JSON: what canonical JSON can express. */
const { value: safeJson } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5 }),
  ),
}));

/** https://spec.matrix.org/v1.19/appendices/#examples */
const SPECIFICATION: [string, string][] = [
  ['{}', '{}'],
  ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
  ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
  ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
  [
    `{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {"display_name": "John Doe",
      "three_pids": [{"medium": "email", "address": "john.doe@example.org"}, {"medium": "msisdn", "address": "123456789"}]}}}`,
    '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
  ],
  ['{"a": "日本語"}', '{"a":"日本語"}'],
  ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
  ['{"a": "\\u65E5"}', '{"a":"日"}'],
  ['{"a": null}', '{"a":null}'],
  ['{"a": -0, "b": 1e10}', '{"a":0,"b":10000000000}'],
];

describe('encodeCanonicalJson', () => {
  it.each(SPECIFICATION)('encodes %s', (source, canonical) => {
    expect(encodeCanonicalJson(JSON.parse(source))).toBe(canonical);
  });

  it('sorts keys by code point, not by UTF-16 unit', () => {
    const value = { '\u{1f600}': 1, '\uff5e': 2, '\ue000': 3, a: 4, '\ud7ff': 5, '': 6 };
    expect(encodeCanonicalJson(value)).toBe('{"":6,"a":4,"\ud7ff":5,"\ue000":3,"\uff5e":2,"\u{1f600}":1}');
  });

  it('sorts keys that look like integers as text', () => {
    expect(encodeCanonicalJson({ 9: 1, 10: 2, b: 3, '-1': 4 })).toBe('{"-1":4,"10":2,"9":1,"b":3}');
  });

  it('keeps a key named __proto__', () => {
    expect(encodeCanonicalJson(JSON.parse('{"z":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"z":1}');
  });

  it('writes the short escapes, and control characters in lower-case hexadecimal', () => {
    const text =
      Array.from({ length: 0x20 }, (_, unit) => String.fromCharCode(unit)).join('') + '"\\/\u007f\u2028\u2029';
    expect(encodeCanonicalJson(text)).toBe(
      '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f' +
        '\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f' +
        '\\"\\\\/\u007f\u2028\u2029"',
    );
  });

  it.each<[string, JsonValue, JsonFault]>([
    ['a float', { a: 1.5 }, 'json.number'],
    ['2^53', [2 ** 53], 'json.number'],
    ['-2^53', -(2 ** 53), 'json.number'],
    ['not a number', Number.NaN, 'json.number'],
    ['infinity', Number.POSITIVE_INFINITY, 'json.number'],
    ['a number that kept its text', new ExactNumber('1.0'), 'json.number'],
    ['half a surrogate pair', 'a\ud83d', 'json.surrogate'],
    ['half a surrogate pair in a key', { '\udc00': 1 }, 'json.surrogate'],
    ['half a surrogate pair beside an escape', '"\n\ud83d', 'json.surrogate'],
    ['half a surrogate pair in a long text', 'a'.repeat(10_000) + '\udc00', 'json.surrogate'],
  ])('refuses %s', (_name, value, fault) => {
    expect(faultOf(() => encodeCanonicalJson(value))).toBe(fault);
  });

  it.each<[JsonValue, string]>([
    [2 ** 53 - 1, '9007199254740991'],
    [-(2 ** 53) + 1, '-9007199254740991'],
    [0, '0'],
    [1e15, '1000000000000000'],
  ])('encodes %d', (value, canonical) => {
    expect(encodeCanonicalJson(value)).toBe(canonical);
  });

  it('lets any number through for versions 1 to 5, and keeps the text of those that have one', () => {
    const value = { a: 1.5, b: new ExactNumber('1.0'), c: [new ExactNumber('9007199254740993'), -0] };
    expect(encodeCanonicalJson(value, 'any')).toBe('{"a":1.5,"b":1.0,"c":[9007199254740993,0]}');
    expect(faultOf(() => encodeCanonicalJson(Number.NaN, 'any'))).toBe('json.number');
  });

  it('encodes as deep as the limit and refuses deeper', () => {
    expect(encodeCanonicalJson(nested(MAX_JSON_DEPTH))).toBe('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH));
    expect(faultOf(() => encodeCanonicalJson(nested(MAX_JSON_DEPTH + 1)))).toBe('json.depth');
    expect(faultOf(() => encodeCanonicalJson(nested(1_000_000)))).toBe('json.depth');
  });

  it.each([10, 499, 500, 501, 5000])('encodes a text of %d characters, with and without escapes', (length) => {
    const text = 'aä日'.repeat(length).slice(0, length - 1);
    expect(encodeCanonicalJson([text + 'x', text + '\n'])).toBe(`["${text}x","${text}\\n"]`);
  });

  it('sorts as many keys as there are', () => {
    const keys = Array.from({ length: 100 }, (_, index) => `k${(index * 37) % 100}`);
    for (const count of [2, 23, 24, 25, 26, 100]) {
      const some = keys.slice(0, count);
      const encoded = encodeCanonicalJson(Object.fromEntries(some.map((key) => [key, 0])));
      expect(encoded).toBe(
        `{${some
          .toSorted()
          .map((key) => `"${key}":0`)
          .join(',')}}`,
      );
    }
  });

  it('does not take a missing value for JSON', () => {
    const object: JsonObject = {};
    Object.assign(object, { a: undefined });
    expect(() => encodeCanonicalJson(object)).toThrow(TypeError);
  });

  it('round-trips', () => {
    fc.assert(
      fc.property(safeJson, (value) => {
        expect(JSON.parse(encodeCanonicalJson(value))).toEqual(withoutMinusZero(value));
      }),
    );
  });

  it('does not depend on the order of keys, and encoding again changes nothing', () => {
    fc.assert(
      fc.property(safeJson, (value) => {
        const canonical = encodeCanonicalJson(value);
        expect(encodeCanonicalJson(reversed(value))).toBe(canonical);
        expect(encodeCanonicalJson(JSON.parse(canonical))).toBe(canonical);
      }),
    );
  });
});

describe('compareByCodePoint', () => {
  it('orders like the code points of both texts', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const bytes = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(Math.sign(compareByCodePoint(a, b))).toBe(bytes);
      }),
    );
  });
});

function faultOf(act: () => unknown): JsonFault | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof CanonicalJsonError) return error.fault;
    throw error;
  }
  return undefined;
}

function nested(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

function withoutMinusZero(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
