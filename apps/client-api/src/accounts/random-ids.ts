import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { RandomSource } from '@plexus/matrix-base';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** An access token: 256 random bits, recognizable where it leaks. */
export function newAccessToken(random: RandomSource): string {
  return `plx_${encodeUrlSafeBase64(random.bytes(32))}`;
}

/** A refresh token, as an access token. */
export function newRefreshToken(random: RandomSource): string {
  return `plr_${encodeUrlSafeBase64(random.bytes(32))}`;
}

/** A token for `m.login.token`, which has no other characters than these. */
export function newLoginToken(random: RandomSource): string {
  return `pll_${encodeUrlSafeBase64(random.bytes(32))}`;
}

export function newOpenIdToken(random: RandomSource): string {
  return `plo_${encodeUrlSafeBase64(random.bytes(32))}`;
}

/** A token that people may have to type. */
export function newRegistrationToken(random: RandomSource, length: number): string {
  return newLetters(random, length);
}

export function newNonce(random: RandomSource): string {
  return Buffer.from(random.bytes(32)).toString('hex');
}

export function newDeviceId(random: RandomSource): string {
  return newLetters(random, 10);
}

/** The localpart of a user who chose none. */
export function newLocalpart(random: RandomSource): string {
  return newLetters(random, 16).toLowerCase();
}

export function newRandomId(random: RandomSource): string {
  return encodeUrlSafeBase64(random.bytes(18));
}

/** @NOTE Taking a byte modulo 26 favors some letters slightly; names are no secrets, and tokens are long. */
function newLetters(random: RandomSource, length: number): string {
  return [...random.bytes(length)].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}
