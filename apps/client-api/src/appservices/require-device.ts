import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';

/** Throws 400 for an application service that names no device, where one is needed. */
export function requireDevice({ deviceId }: Requester): void {
  if (deviceId === '') throw new MatrixError('M_MISSING_PARAM', 400, '"device_id" is required to act as a device');
}
