import { MAX_JSON_DEPTH } from './json-depth.ts';
import type { JsonFault } from './json-fault.ts';
import type { JsonValue } from './json-value.ts';
import { parseExactJson } from './parse-exact-json.ts';
import { scanJson } from './scan-json.ts';

export type ParsedJson =
  | {
      readonly outcome: 'ok';
      readonly value: JsonValue;
      /** Whether a number is spelled in a way that canonical JSON excludes; it is an `ExactNumber` in `value`. */
      readonly hasExactNumbers: boolean;
    }
  | { readonly outcome: 'reject'; readonly rule: JsonFault; readonly because: string };

/**
 * Parses JSON without rounding anything: a number that a double or its usual spelling would not give back becomes an `ExactNumber`.
 * Refuses what no room version can carry: invalid UTF-8, lone surrogates (they have no UTF-8), nesting deeper than `MAX_JSON_DEPTH`. Of
 * a repeated key the last one counts, as in `JSON.parse` and in every other server; canonical JSON, and so hashes and signatures, see
 * only that one.
 */
export function parseJson(source: Uint8Array | string): ParsedJson {
  const text = typeof source === 'string' ? source : decodeUtf8(source);
  if (text === undefined) return reject('json.utf8', 'the text is not UTF-8');
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return reject('json.syntax', error.message);
    throw error;
  }
  const findings = scanJson(text);
  if (findings.depth > MAX_JSON_DEPTH) return reject('json.depth', `nested deeper than ${MAX_JSON_DEPTH}`);
  if (findings.mayHoldLoneSurrogate && holdsLoneSurrogate(value)) {
    return reject('json.surrogate', 'a string holds half of a surrogate pair');
  }
  if (!findings.hasExactNumbers) return { outcome: 'ok', value, hasExactNumbers: false };
  return { outcome: 'ok', value: parseExactJson(text), hasExactNumbers: true };
}

/**
 * Parses JSON that must be canonical in its values, though not in its spacing and order: what events of room version 6 and later are
 * (https://spec.matrix.org/v1.19/appendices/#canonical-json). Floats, exponents, `-0` and integers beyond ±(2^53−1) are refused.
 */
export function parseStrictJson(source: Uint8Array | string): ParsedJson {
  const parsed = parseJson(source);
  if (parsed.outcome === 'ok' && parsed.hasExactNumbers) {
    return reject('json.number', 'a number is not an integer in ±(2^53−1), or not written as one');
  }
  return parsed;
}

function reject(rule: JsonFault, because: string): ParsedJson {
  return { outcome: 'reject', rule, because };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function holdsLoneSurrogate(value: JsonValue): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => !key.isWellFormed() || holdsLoneSurrogate(member));
}
