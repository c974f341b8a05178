import { ExactNumber } from './exact-number.ts';
import type { JsonValue } from './json-value.ts';
import { isCanonicalInteger } from './scan-json.ts';

/** What a reviver of `JSON.parse` is told about the text of a value; only of scalars. */
interface ReviverContext {
  readonly source?: string;
}

/** Parses a text that `JSON.parse` accepted, keeping the text of every number that canonical JSON would not spell like that. */
export function parseExactJson(text: string): JsonValue {
  return JSON.parse(text, keepExactNumber);
}

function keepExactNumber(_key: string, value: JsonValue, context?: ReviverContext): JsonValue {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  return isCanonicalInteger(source, 0, source.length) ? value : new ExactNumber(source);
}
