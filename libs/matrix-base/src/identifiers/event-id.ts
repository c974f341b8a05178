import { isIdentifierWithDomain } from './identifier.ts';

const BASE64 = /^\$[A-Za-z0-9+/]{43}$/;
const URL_SAFE = /^\$[A-Za-z0-9_-]{43}$/;

/** `server-chosen`: `$opaque_id:domain` (versions 1, 2). `base64`: hash in the standard alphabet (3). `url-safe`: from 4 on. */
export type EventIdFormat = 'server-chosen' | 'base64' | 'url-safe';

/** Whether a text is an event id of any version (https://spec.matrix.org/v1.19/appendices/#event-ids). */
export function isEventId(text: unknown): text is string {
  return isEventIdOf(text, 'url-safe') || isEventIdOf(text, 'base64') || isEventIdOf(text, 'server-chosen');
}

/** Whether a text is an event id in the format of one room version. */
export function isEventIdOf(text: unknown, format: EventIdFormat): text is string {
  if (typeof text !== 'string') return false;
  if (format === 'url-safe') return URL_SAFE.test(text);
  return format === 'base64' ? BASE64.test(text) : isIdentifierWithDomain(text, '$');
}
