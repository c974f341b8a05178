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

/** The members of an object in canonical order: of each its key, and its canonical JSON with the key, `"key":value`. */
export interface EncodedMembers {
  readonly keys: readonly string[];
  readonly members: readonly string[];
}

/** Encodes the members of an object one by one, for who puts several texts together that differ in few of them. Throws as `encodeCanonicalJson` does. */
export function encodeCanonicalMembers(object: JsonObject, numbers: NumberPolicy = 'integers'): EncodedMembers {
  const keys = Object.keys(object);
  const arePlain = sortKeys(keys);
  const members = keys.map((key) => encodeKey(key, arePlain) + encodeValue(object[key] as JsonValue, numbers, 0));
  return { keys, members };
}

function encodeKey(key: string, isPlain: boolean): string {
  return isPlain ? '"' + key + '":' : encodeCanonicalString(key) + ':';
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
  const keys = Object.keys(object);
  const arePlain = sortKeys(keys);
  let json = '';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const member = encodeKey(key, arePlain) + encodeValue(object[key] as JsonValue, numbers, depth);
    json = index === 0 ? member : json + ',' + member;
  }
  return '{' + json + '}';
}

/** Sorts keys by code point and tells whether all of them may be written as they are. Without surrogates `<` orders by code point. */
function sortKeys(keys: string[]): boolean {
  let arePlain = true;
  let areSorted = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    if (arePlain && NEEDS_CARE.test(key)) arePlain = false;
    if (areSorted && index > 0 && key < (keys[index - 1] as string)) areSorted = false;
  }
  if (!arePlain) keys.sort(compareByCodePoint);
  else if (!areSorted) sortPlainKeys(keys);
  return arePlain;
}

/** @NOTE Insertion beats `Array.sort` on the few keys that objects of events have. */
function sortPlainKeys(keys: string[]): void {
  if (keys.length > 24) {
    keys.sort();
    return;
  }
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] as string;
    let place = index;
    for (; place > 0 && (keys[place - 1] as string) > key; place--) keys[place] = keys[place - 1] as string;
    keys[place] = key;
  }
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
/** From here on `JSON.stringify` is no slower than looking first (docs/measurements/canonical-json.md). */
const LONG_TEXT = 500;

/** Encodes one string with the escapes that canonical JSON requires. Throws `CanonicalJsonError` for a lone surrogate. */
export function encodeCanonicalString(text: string): string {
  if (text.length < LONG_TEXT && !NEEDS_CARE.test(text)) return '"' + text + '"';
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
