import { isUserId, MatrixError } from '@plexus/matrix-base';
import type { TokenBearer } from './find-access-token.ts';

/** Whom an application service says that it acts as. */
export interface AssertedIdentity {
  readonly userId: string | undefined;
  readonly deviceId: string | undefined;
}

/**
 * Reads the query parameters `user_id` and `device_id`, this one under its former name too
 * (https://spec.matrix.org/v1.19/application-service-api/#identity-assertion). Throws 400 `M_INVALID_PARAM`.
 */
export function readAssertedIdentity({ query }: TokenBearer): AssertedIdentity {
  const userId = readParameter(query, 'user_id');
  const deviceId = readParameter(query, 'device_id') ?? readParameter(query, 'org.matrix.msc3202.device_id');
  if (userId !== undefined && !isUserId(userId)) {
    throw new MatrixError('M_INVALID_PARAM', 400, '"user_id" is no user id');
  }
  if (deviceId !== undefined && (deviceId === '' || deviceId.includes('\0'))) {
    throw new MatrixError('M_UNKNOWN_DEVICE', 400, 'The user has no device with this id');
  }
  return { userId, deviceId };
}

function readParameter(query: unknown, name: string): string | undefined {
  const value = (query as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new MatrixError('M_INVALID_PARAM', 400, `"${name}" is there several times`);
}
