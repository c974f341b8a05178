/** Randomness, as an argument. */
export interface RandomSource {
  /** Cryptographically random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1) for jitter; never for secrets. */
  fraction(): number;
}
