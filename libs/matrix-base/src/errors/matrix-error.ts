import type { JsonObject } from '../json/json-value.ts';
import type { ErrorCode } from './error-code.ts';

/**
 * An answer to a request that is an error by the specification (https://spec.matrix.org/v1.19/client-server-api/#standard-error-response).
 * `extra` carries further members of the body: `soft_logout`, `retry_after_ms`, `room_version`, `consent_uri`.
 */
export class MatrixError extends Error {
  override readonly name = 'MatrixError';
  readonly errcode: ErrorCode;
  readonly httpStatus: number;
  readonly extra: JsonObject;

  constructor(errcode: ErrorCode, httpStatus: number, message: string, extra: JsonObject = {}) {
    super(message);
    this.errcode = errcode;
    this.httpStatus = httpStatus;
    this.extra = extra;
  }

  /** The body of the response. */
  toBody(): JsonObject {
    return { ...this.extra, errcode: this.errcode, error: this.message };
  }
}
