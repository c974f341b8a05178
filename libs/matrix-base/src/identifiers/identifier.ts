import { isServerName } from './server-name.ts';

/** Identifiers may not exceed 255 bytes, sigil and domain included. */
export const MAX_IDENTIFIER_BYTES = 255;

/** The localpart of `&localpart:domain`, or of `&localpart`. The caller guarantees a valid identifier. */
export function localpartOf(identifier: string): string {
  const colon = identifier.indexOf(':');
  return colon === -1 ? identifier.slice(1) : identifier.slice(1, colon);
}

/** The server name in an identifier with a domain; nothing where the format has none (room ids of version 12, event ids of 3). */
export function findServerName(identifier: string): string | undefined {
  const colon = identifier.indexOf(':');
  return colon === -1 ? undefined : identifier.slice(colon + 1);
}

/** The server name in a user id or alias. The caller guarantees a valid identifier; without a domain it throws. */
export function serverNameOf(identifier: string): string {
  const colon = identifier.indexOf(':');
  if (colon === -1) throw new TypeError('The identifier names no server');
  return identifier.slice(colon + 1);
}

/** Whether a text is at most so many bytes in UTF-8. */
export function fitsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return false;
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit;
}

/**
 * Whether a text is `&localpart:domain` with a valid server name, of at most 255 bytes, whose localpart has no NUL, no colon and no lone
 * surrogate; it may be empty. What all identifiers with a domain have in common.
 */
export function isIdentifierWithDomain(text: string, sigil: string): boolean {
  if (!text.startsWith(sigil) || !fitsBytes(text, MAX_IDENTIFIER_BYTES)) return false;
  const colon = text.indexOf(':');
  if (colon === -1 || text.includes('\0') || !text.isWellFormed()) return false;
  return isServerName(text.slice(colon + 1));
}
