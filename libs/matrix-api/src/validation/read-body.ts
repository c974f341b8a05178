import { isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { Shape } from '../shape.ts';

export interface BodyRules {
  /** What a request without a body means: `{}`, for endpoints without a required member, or an error. */
  readonly emptyBody?: 'object' | 'refuse';
}

/**
 * The body of a request, if it has the shape; unknown members stay in it. Throws what the specification names
 * (https://spec.matrix.org/v1.19/client-server-api/#standard-error-response): `M_NOT_JSON` for no body at all, `M_MISSING_PARAM` for a
 * missing member, `M_BAD_JSON` for everything else.
 */
export function readBody<T>(shape: Shape<T>, body: unknown, { emptyBody = 'refuse' }: BodyRules = {}): T {
  const content = body === undefined && emptyBody === 'object' ? {} : body;
  if (content === undefined) throw new MatrixError('M_NOT_JSON', 400, 'The request has no JSON body');
  if (!isJsonObject(content)) throw new MatrixError('M_BAD_JSON', 400, 'The request body must be a JSON object');
  const result = shape.check(content);
  if (result.outcome === 'ok') return result.value;
  throw new MatrixError(result.errcode, 400, result.because);
}
