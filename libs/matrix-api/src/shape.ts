import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Schema } from './schema.ts';

export type ShapeOutcome<T> =
  | { readonly outcome: 'ok'; readonly value: T }
  | { readonly outcome: 'reject'; readonly errcode: 'M_BAD_JSON' | 'M_MISSING_PARAM'; readonly because: string };

const ajv = new Ajv({ strict: true, strictTypes: false, validateFormats: false, ownProperties: true });

/** The shape of a request or response body. It is compiled when it is first checked, so that a process pays for what it uses. */
export class Shape<T> {
  readonly schema: Schema<T>;
  #validate: ValidateFunction<T> | undefined;

  constructor(schema: Schema<T>) {
    this.schema = schema;
  }

  /**
   * Whether a parsed JSON value has this shape. `reject` carries the specification's error code: `M_MISSING_PARAM` where a required key is
   * absent, `M_BAD_JSON` for anything else (https://spec.matrix.org/v1.19/client-server-api/#standard-error-response).
   */
  check(value: unknown): ShapeOutcome<T> {
    const validate = (this.#validate ??= ajv.compile<T>(this.schema.json));
    if (validate(value)) return { outcome: 'ok', value };
    return rejection(validate.errors?.[0]);
  }
}

function rejection(error: ErrorObject | undefined): ShapeOutcome<never> {
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  const errcode = error?.keyword === 'required' ? 'M_MISSING_PARAM' : 'M_BAD_JSON';
  const subject = path === '' ? 'The request' : `"${path}"`;
  return { outcome: 'reject', errcode, because: `${subject} ${error?.message ?? 'is invalid'}`.slice(0, 500) };
}
