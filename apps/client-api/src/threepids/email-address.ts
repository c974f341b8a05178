import { MatrixError } from '@plexus/matrix-base';

const MAX_LENGTH = 320;
const SHAPE = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** An email address in canonical form: lower case (https://spec.matrix.org/v1.19/appendices/#e-mail). Throws 400 for what is none. */
export function canonicalEmail(address: string): string {
  if (address.length <= MAX_LENGTH && SHAPE.test(address)) return address.toLowerCase();
  throw new MatrixError('M_INVALID_PARAM', 400, 'This is not an email address');
}

/** Throws 400 unless the secret has the specification's grammar. */
export function requireClientSecret(secret: string): void {
  if (/^[0-9a-zA-Z.=_-]{1,255}$/.test(secret)) return;
  throw new MatrixError('M_INVALID_PARAM', 400, 'client_secret has 1 to 255 of the characters 0-9, a-z, A-Z, . = _ -');
}
