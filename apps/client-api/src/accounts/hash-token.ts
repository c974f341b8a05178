import { hash } from 'node:crypto';

/** What is stored of a token or another secret that is random itself: SHA-256. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
