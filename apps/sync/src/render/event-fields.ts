import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** Paths of members to keep, each as its keys. */
export type EventFields = readonly (readonly string[])[];

/** Reads dot-separated paths, in which `\.` and `\\` stand for a dot and a backslash (https://spec.matrix.org/v1.19/appendices/#dot-separated-property-paths). */
export function parseEventFields(fields: readonly string[]): EventFields {
  return fields.map((field) => {
    const keys = [''];
    for (const [, escaped, plain] of field.matchAll(/\\([\\.])|(.)/gsu)) {
      if (plain === '.') keys.push('');
      else keys.push((keys.pop() ?? '') + (escaped ?? plain ?? ''));
    }
    return keys;
  });
}

/** The event with only these members. */
export function pickEventFields(eventJson: string, fields: EventFields): string {
  const event: JsonValue = JSON.parse(eventJson);
  const picked: JsonObject = {};
  for (const path of fields) if (isJsonObject(event)) copyPath(event, picked, path);
  return JSON.stringify(picked);
}

function copyPath(from: JsonObject, to: JsonObject, [key, ...rest]: readonly string[]): void {
  const value = key !== undefined && Object.hasOwn(from, key) ? from[key] : undefined;
  if (key === undefined || value === undefined) return;
  if (rest.length === 0) return define(to, key, value);
  if (!isJsonObject(value)) return;
  const inner = Object.hasOwn(to, key) ? to[key] : undefined;
  const target: JsonObject = isJsonObject(inner) ? inner : {};
  copyPath(value, target, rest);
  if (Object.keys(target).length > 0) define(to, key, target);
}

/** @NOTE Plain assignment of `__proto__` would set the prototype. */
function define(to: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(to, key, { value, enumerable: true, configurable: true, writable: true });
}
