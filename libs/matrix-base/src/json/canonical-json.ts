import { ExactNumber } from './exact-number.ts';
import { MAX_JSON_DEPTH } from './json-depth.ts';
import type { JsonFault } from './json-fault.ts';
import type { JsonObject, JsonValue } from './json-value.ts';

/**
 * Which numbers may be encoded. `integers`: those of canonical JSON, in ±(2^53−1). `any`: also those that room versions 1 to 5 let
 * through; an `ExactNumber` keeps its text.
 */
export type NumberPolicy = 'integers' | 'any';

/** The value has no canonical JSON. Callers that hold unchecked values catch it; elsewhere it is a programming error. */
export class CanonicalJsonError extends Error {
  override readonly name = 'CanonicalJsonError';
  readonly fault: JsonFault;

  constructor(fault: JsonFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Encodes a value as canonical JSON: the shortest UTF-8 JSON with keys sorted by code point
 * (https://spec.matrix.org/v1.19/appendices/#canonical-json). Throws `CanonicalJsonError` for a number that the policy excludes, a
 * lone surrogate, and nesting deeper than `MAX_JSON_DEPTH`.
 */
export function encodeCanonicalJson(value: JsonValue, numbers: NumberPolicy = 'integers'): string {
  return encodeValue(value, numbers, 0);
}

function encodeValue(value: JsonValue, numbers: NumberPolicy, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeCanonicalString(value);
    case 'number':
      return encodeNumber(value, numbers);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_JSON_DEPTH) throw new CanonicalJsonError('json.depth', `nested deeper than ${MAX_JSON_DEPTH}`);
      if (Array.isArray(value)) return encodeArray(value, numbers, depth + 1);
      if (value instanceof ExactNumber) return encodeExactNumber(value, numbers);
      return encodeObject(value, numbers, depth + 1);
    default:
      throw new TypeError(`JSON cannot express a value of type ${typeof value}`);
  }
}

function encodeObject(object: JsonObject, numbers: NumberPolicy, depth: number): string {
  let json = '';
  for (const key of sortedKeys(object)) {
    const member = encodeCanonicalString(key) + ':' + encodeValue(object[key] as JsonValue, numbers, depth);
    json = json === '' ? member : json + ',' + member;
  }
  return '{' + json + '}';
}

function encodeArray(array: readonly JsonValue[], numbers: NumberPolicy, depth: number): string {
  let json = '';
  for (let index = 0; index < array.length; index++) {
    if (index > 0) json += ',';
    json += encodeValue(array[index] as JsonValue, numbers, depth);
  }
  return '[' + json + ']';
}

/** A character that must be escaped, or half of a surrogate pair. */
const NEEDS_CARE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Encodes one string with the escapes that canonical JSON requires. Throws `CanonicalJsonError` for a lone surrogate. */
export function encodeCanonicalString(text: string): string {
  if (!NEEDS_CARE.test(text)) return '"' + text + '"';
  if (!text.isWellFormed()) throw new CanonicalJsonError('json.surrogate', 'a string holds half of a surrogate pair');
  return JSON.stringify(text);
}

function encodeNumber(number: number, numbers: NumberPolicy): string {
  if (Number.isSafeInteger(number) || (numbers === 'any' && Number.isFinite(number))) return String(number);
  throw new CanonicalJsonError('json.number', `${number} is not an integer in ±(2^53−1)`);
}

function encodeExactNumber(number: ExactNumber, numbers: NumberPolicy): string {
  if (numbers === 'any') return number.source;
  throw new CanonicalJsonError('json.number', `${number.source.slice(0, 40)} is not an integer in ±(2^53−1)`);
}

function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  let astral = false;
  let sorted = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    if (index > 0 && sorted && key < (keys[index - 1] as string)) sorted = false;
    if (!astral && SURROGATE.test(key)) astral = true;
  }
  if (astral) return keys.sort(compareByCodePoint);
  return sorted ? keys : keys.sort();
}

const SURROGATE = /[\ud800-\udfff]/;

/** Orders strings by code point, where `<` orders by UTF-16 unit and so puts U+1F600 before U+FF00. */
export function compareByCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rankOfUnit(left) - rankOfUnit(right);
  }
  return a.length - b.length;
}

function rankOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
