import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/** Whether two contents would be the same bytes in an event. */
export function isSameContent(a: JsonObject, b: JsonObject): boolean {
  return encodeCanonicalJson(a, 'any') === encodeCanonicalJson(b, 'any');
}
