import { MatrixError } from '@plexus/matrix-base';

/** The Matrix error for what the HTTP layer refuses by itself, before any endpoint sees it. */
export function errorForStatus(status: number): MatrixError {
  if (status === 413) return new MatrixError('M_TOO_LARGE', 413, 'The request is too large');
  if (status === 414 || status === 431)
    return new MatrixError('M_TOO_LARGE', status, 'The request has too long headers');
  if (status === 408) return new MatrixError('M_UNKNOWN', 408, 'The request took too long to arrive');
  return new MatrixError('M_UNKNOWN', status, 'The request is not valid HTTP');
}
