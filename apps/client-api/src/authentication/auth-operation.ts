import { createHash } from 'node:crypto';
import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';

/** What a session of user-interactive authentication is for. */
export interface AuthOperation {
  readonly name: string;
  /** What of the request must be the same from the first 401 to the end. */
  readonly parameters?: JsonValue;
}

/**
 * What is stored of an operation. It depends on the session's id, which is not stored: nobody can try out what a parameter was, were it a
 * password.
 */
export function hashOperation(sessionId: string, { name, parameters = null }: AuthOperation): Buffer {
  const hash = createHash('sha256').update(sessionId).update('\0').update(name).update('\0');
  return hash.update(encodeCanonicalJson(parameters)).digest();
}
