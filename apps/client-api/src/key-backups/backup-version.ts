import { MatrixError } from '@plexus/matrix-base';

/** The number of a version. Throws `M_NOT_FOUND` for a text that no version has. */
export function readVersion(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw unknownBackup();
  return Number(text);
}

export function unknownBackup(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Unknown backup version');
}
