import { MatrixError } from '@plexus/matrix-base';

/** https://spec.matrix.org/v1.19/client-server-api/#account-suspension */
export function userSuspended(): MatrixError {
  return new MatrixError('M_USER_SUSPENDED', 403, 'You cannot perform this action while suspended.');
}
