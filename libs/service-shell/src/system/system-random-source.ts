import { randomBytes } from 'node:crypto';
import type { RandomSource } from '@plexus/matrix-base';

/** The machine's randomness. */
export const systemRandomSource: RandomSource = { bytes: randomBytes, fraction: Math.random };
