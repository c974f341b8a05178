import { ExactNumber } from './exact-number.ts';

/** Any value that JSON can express. A number is what `JSON.parse` made of it, unless its text matters: see `ExactNumber`. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject | ExactNumber;

/** A JSON object as `JSON.parse` makes it. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Whether a value is a JSON object: not null, not an array, not a number that kept its text. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** The magnitude of a JSON number, however it was written; nothing for any other value. */
export function findNumber(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof ExactNumber ? value.toNumber() : undefined;
}
