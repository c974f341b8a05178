import { boolean, constant, constantFrom, jsonValue, oneof, tuple, uint8Array } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Json } from '../../support/matrix-client.ts';
import type { Route } from './routes.ts';
import type { Sample } from './samples.ts';

/** A request as bytes, so that nothing on the way mends it. */
export interface SpoiledRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
  readonly hasToken: boolean;
}

/** Good values of the parameters that stand in paths and queries. */
export type Values = Readonly<Record<string, string>>;

const BAD_TEXTS = [
  '',
  ' ',
  '.',
  '..',
  '%00',
  '%2F..%2F',
  '%FF%FE',
  '%ED%A0%80',
  '%C0%80',
  '%EF%BF%BF',
  '%u0000',
  '%2e%2e',
  'x'.repeat(2_000),
  '%',
  '%zz',
  '@',
  '!',
  '$',
  '#a',
  '@a:',
  '@:b',
  '!x:y:z',
  '$' + 'a'.repeat(300),
  '@' + 'é'.repeat(200) + ':localhost',
  '!' + 'x'.repeat(254) + ':localhost',
  'NaN',
  '-1',
  '99999999999999999999',
  '1e3',
  'null',
  '{',
  '[[]]',
  '{"room":7}',
  '\u{1F600}',
  'm.room.create',
  'm.room.member',
  'm.room.power_levels',
];

const badText = constantFrom(...BAD_TEXTS);

const badValue: Arbitrary<unknown> = oneof(
  constantFrom(null, true, 0, -1, 1.5, 2 ** 53, 1e300, '', '\u0000', 'x'.repeat(70_000), [], {}, [null], [[]]),
  constantFrom({ __proto__: 1 }, { constructor: 1 }, { '': '' }, { a: { a: { a: {} } } }),
  badText.map((text) => text.slice(0, 300)),
  jsonValue({ maxDepth: 3 }),
);

const badBytes: Arbitrary<Buffer> = oneof(
  constantFrom(
    '',
    '{',
    '}',
    '{"a":}',
    '{"a":1,}',
    '[]',
    '"text"',
    'null',
    '7',
    'NaN',
    '{"a":"\\ud800"}',
    '{"a":1.0}',
    '{"a":1e400}',
    '{"a":9007199254740993}',
    '{"a":-0}',
    '{"a":"\\u0000"}',
    '{"__proto__":{"admin":true}}',
    '\uFEFF{}',
  ).map((text) => Buffer.from(text)),
  constantFrom(Buffer.from([0xff, 0xfe]), Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])),
  constantFrom(1_000, 100_000).map((depth) => Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)),
  constantFrom(1_000, 100_000).map((depth) => Buffer.from('['.repeat(depth))),
  constant(Buffer.from(JSON.stringify({ body: 'x'.repeat(66_000), msgtype: 'm.text' }))),
  uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

/** A longer body that nobody reads may break the connection before the answer is read. */
const UNREAD = 10_000;

const badHeader: Arbitrary<readonly [string, string]> = constantFrom(
  ['Authorization', 'Bearer'],
  ['Authorization', 'Bearer '],
  ['Authorization', 'Basic YTpi'],
  ['Authorization', 'Bearer \u00ff\u00fe'],
  ['Authorization', 'bearer a b c'],
  ['Authorization', `Bearer ${'x'.repeat(5_000)}`],
  ['Content-Type', 'text/plain; charset=latin1'],
  ['Content-Type', '\u00e9'],
  ['Content-Type', ';;;'],
  ['Content-Encoding', 'gzip'],
  ['X-Forwarded-For', '\u00e9, 1.2.3.4, ::1, x'],
  ['X-Request-Id', '\u00e9\u00e9'],
  ['Host', 'nowhere.\u00e9'],
  ['Host', ''],
  ['Accept', '\u00ff'],
  ['Origin', '\u00e9'],
  ['If-None-Match', '\u00e9'],
  ['User-Agent', '\u00ff'.repeat(200)],
  ['Cookie', '\u00e9=\u00e9'],
  ['Transfer-Encoding', 'chunked, chunked'],
  ['Expect', '200-maybe'],
);

/** Requests to an endpoint of which at least one part is wrong. */
export function spoiled(route: Route, sample: Sample, values: Values): Arbitrary<SpoiledRequest> {
  const good: SpoiledRequest = {
    method: route.method,
    target: goodTarget(route, sample, values),
    headers: [],
    body: sample.body === undefined ? undefined : encode(sample.body),
    hasToken: true,
  };
  const takesBody = sample.body !== undefined;
  const ways: Arbitrary<SpoiledRequest>[] = [
    badHeader.map((header) => ({ ...good, headers: [header] })),
    constant({ ...good, hasToken: false }),
    constantFrom('PATCH', 'TRACE', 'DELETE', 'PUT', 'POST', 'GET').map((method) => ({ ...good, method })),
    badBytes.filter(({ length }) => takesBody || length < UNREAD).map((body) => ({ ...good, body })),
  ];
  const parameters = parametersOf(route.pattern);
  if (parameters.length > 0) {
    ways.push(
      tuple(constantFrom(...parameters), badText).map(([name, text]) => ({
        ...good,
        target: fill(route.pattern, values, { [name]: text }),
      })),
    );
  }
  const { query, body } = sample;
  if (query !== undefined) {
    ways.push(
      tuple(constantFrom(...Object.keys(query)), badText, boolean()).map(([name, text, isTwice]) => ({
        ...good,
        target: withQuery(route, values, { query, name, text, isTwice }),
      })),
    );
  }
  if (body !== undefined) {
    ways.push(
      tuple(constantFrom(...placesIn(body)), badValue).map(([place, value]) => ({
        ...good,
        body: encode(replaceAt(body, place, value)),
      })),
      constantFrom(...placesIn(body)).map((place) => ({ ...good, body: encode(replaceAt(body, place, undefined)) })),
    );
  }
  return oneof(...ways);
}

/** Path and query of a good request. */
export function goodTarget(route: Route, sample: Sample, values: Values): string {
  return fill(route.pattern, values) + queryOf(sample.query ?? {}, values);
}

export function parametersOf(pattern: string): string[] {
  return [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
}

function fill(pattern: string, values: Values, raw: Values = {}): string {
  return pattern.replaceAll(/:(\w+)/g, (_all, name: string) => raw[name] ?? encodeURIComponent(values[name] ?? 'x'));
}

function queryOf(query: Readonly<Record<string, string>>, values: Values): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value === 't' ? (values['token'] ?? '') : value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

interface SpoiledQuery {
  readonly query: Readonly<Record<string, string>>;
  readonly name: string;
  readonly text: string;
  readonly isTwice: boolean;
}

function withQuery(route: Route, values: Values, { query, name, text, isTwice }: SpoiledQuery): string {
  const others = Object.fromEntries(Object.entries(query).filter(([key]) => isTwice || key !== name));
  const rest = queryOf(others, values);
  return `${fill(route.pattern, values)}${rest === '' ? '?' : `${rest}&`}${name}=${text.replaceAll(' ', '+')}`;
}

/** Where a value of a body can be replaced, as the keys on the way to it. */
function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const below = Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key]));
  return at.length === 0 ? below : [at, ...below];
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaceAt(item, rest, replacement) : item));
  const object = value as Json;
  return { ...object, [key]: replaceAt(object[key], rest, replacement) };
}

function encode(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body));
}
