import { hash } from 'node:crypto';

/** SHA-256 in unpadded Base64; a string is hashed as UTF-8. */
export function sha256Base64(input: string | Uint8Array): string {
  return hash('sha256', input, 'base64').slice(0, 43);
}

/** SHA-256 in URL-safe unpadded Base64; a string is hashed as UTF-8. */
export function sha256UrlSafe(input: string | Uint8Array): string {
  return hash('sha256', input, 'base64url');
}
