import type { RandomSource } from '@plexus/matrix-base';

/** A key id that no earlier key of the server has had. */
export function newKeyId(random: RandomSource): string {
  return `ed25519:p_${Buffer.from(random.bytes(4)).toString('hex')}`;
}
