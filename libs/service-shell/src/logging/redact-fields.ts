import { isSensitiveName, redactText } from './redact-text.ts';

const maxDepth = 8;

/** A copy of log fields that can be written as JSON and holds no secret, at any depth. Never throws. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactMembers(fields, 0, new Set());
}

function redactMembers(record: object, depth: number, within: Set<object>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    copy[name] = isSensitiveName(name) && isWritten(value) ? '<redacted>' : redactValue(value, depth, within);
  }
  return copy;
}

function isWritten(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}

function redactValue(value: unknown, depth: number, within: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `<${typeof value}>`;
  if (typeof value !== 'object' || value === null) return value;
  if (within.has(value)) return '<circular>';
  if (depth >= maxDepth) return '<too deep>';
  within.add(value);
  const copy = redactObject(value, depth + 1, within);
  within.delete(value);
  return copy;
}

function redactObject(value: object, depth: number, within: Set<object>): unknown {
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Error) return redactError(value, depth, within);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth, within));
  if (value instanceof Map) return redactMembers(Object.fromEntries(value), depth, within);
  if (value instanceof Set) return [...value].map((item) => redactValue(item, depth, within));
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactValue(value.toJSON(), depth, within);
  return redactMembers(value, depth, within);
}

function redactError(error: Error, depth: number, within: Set<object>): unknown {
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...redactMembers(error, depth, within),
    ...(error.cause !== undefined && { cause: redactValue(error.cause, depth, within) }),
    ...(error instanceof AggregateError && { errors: redactValue(error.errors, depth, within) }),
  };
}
