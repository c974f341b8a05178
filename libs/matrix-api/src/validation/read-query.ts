import { MatrixError } from '@plexus/matrix-base';
import type { Shape } from '../shape.ts';

type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The query parameters that the shape (of an object) names, read as the types that it gives them. Throws `M_MISSING_PARAM` or
 * `M_INVALID_PARAM`. Integers are decimal digits, booleans are `true` and `false`; a repeated parameter is refused unless the shape has a
 * list there; unknown parameters are left out.
 */
export function readQuery<T>(shape: Shape<T>, query: unknown): T {
  const result = shape.check(readParameters(shape, (query ?? {}) as RawQuery));
  if (result.outcome === 'ok') return result.value;
  const errcode = result.errcode === 'M_MISSING_PARAM' ? 'M_MISSING_PARAM' : 'M_INVALID_PARAM';
  throw new MatrixError(errcode, 400, result.because);
}

function readParameters(shape: Shape<unknown>, query: RawQuery): Record<string, unknown> {
  const properties = (shape.schema.json['properties'] ?? {}) as Readonly<Record<string, { type?: unknown }>>;
  const parameters: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(properties)) {
    const written = Object.hasOwn(query, name) ? query[name] : undefined;
    if (written !== undefined) parameters[name] = readParameter(type, written);
  }
  return parameters;
}

function readParameter(type: unknown, written: string | readonly string[]): unknown {
  if (type === 'array') return typeof written === 'string' ? [written] : written;
  if (typeof written !== 'string') return written;
  if (type === 'integer' && /^-?[0-9]{1,15}$/.test(written)) return Number(written);
  if (type === 'boolean' && (written === 'true' || written === 'false')) return written === 'true';
  return written;
}
