import { MatrixError } from '@plexus/matrix-base';

/** The number of a report in a path. Throws `M_INVALID_PARAM` for what is none. */
export function reportIdOf(id: string): number {
  if (/^[0-9]{1,15}$/.test(id)) return Number(id);
  throw new MatrixError(
    'M_INVALID_PARAM',
    400,
    'The report_id parameter must be a string representing a positive integer',
  );
}
