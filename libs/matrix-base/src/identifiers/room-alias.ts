import { isIdentifierWithDomain } from './identifier.ts';

/** Whether a text is a room alias (https://spec.matrix.org/v1.19/appendices/#room-aliases). */
export function isRoomAlias(text: unknown): text is string {
  return typeof text === 'string' && isIdentifierWithDomain(text, '#');
}
