import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { FastifyRequest } from 'fastify';

/**
 * When an application service says that something was sent (https://spec.matrix.org/v1.19/application-service-api/#timestamp-massaging); of
 * anybody else the parameter means nothing. Throws 400 `M_INVALID_PARAM`.
 *
 * @NOTE 0 counts as now, as it does for the room's owner.
 */
export function readMassagedTimestamp({ query }: FastifyRequest, { appserviceId }: Requester): number | undefined {
  const written = (query as Readonly<Record<string, unknown>> | undefined)?.['ts'];
  if (appserviceId === undefined || written === undefined) return undefined;
  const timestamp = typeof written === 'string' && /^\d{1,16}$/.test(written) ? Number(written) : NaN;
  if (Number.isSafeInteger(timestamp)) return timestamp;
  throw new MatrixError('M_INVALID_PARAM', 400, '"ts" is not a time in milliseconds');
}
