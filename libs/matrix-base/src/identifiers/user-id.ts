import { isIdentifierWithDomain } from './identifier.ts';

const LOCALPART = /^[a-z0-9._=/+-]+$/;

/**
 * Whether a text is a user id as events may hold it, historical ones included
 * (https://spec.matrix.org/v1.19/appendices/#historical-user-ids): any localpart without colon and NUL, even an empty one.
 */
export function isUserId(text: unknown): text is string {
  return typeof text === 'string' && isIdentifierWithDomain(text, '@');
}

/** Whether a localpart may be given to a new user (https://spec.matrix.org/v1.19/appendices/#user-identifiers). */
export function isNewLocalpart(localpart: string): boolean {
  return LOCALPART.test(localpart);
}

/** Whether a text is a user id by today's grammar: what this server gives to new users. */
export function isNewUserId(text: unknown): text is string {
  return isUserId(text) && isNewLocalpart(text.slice(1, text.indexOf(':')));
}

/**
 * Whether a user id may be shown to clients outside of an event: localpart not empty and within U+0021 to U+007E
 * (https://spec.matrix.org/v1.19/appendices/#historical-user-ids).
 */
export function isCompliantUserId(text: unknown): text is string {
  return isUserId(text) && /^[!-~]+$/.test(text.slice(1, text.indexOf(':')));
}
