const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/;
const URL_SAFE = /^[A-Za-z0-9_-]*={0,2}$/;

/** Encodes bytes as unpadded Base64 (https://spec.matrix.org/v1.19/appendices/#unpadded-base64). */
export function encodeBase64(bytes: Uint8Array): string {
  const padded = asBuffer(bytes).toString('base64');
  const end = padded.indexOf('=');
  return end === -1 ? padded : padded.slice(0, end);
}

/** Encodes bytes as URL-safe unpadded Base64. */
export function encodeUrlSafeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64url');
}

/** Decodes Base64 with or without padding. Returns nothing for a text outside the alphabet or of an impossible length. */
export function decodeBase64(text: string): Buffer | undefined {
  return STANDARD.test(text) && hasPossibleLength(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Decodes URL-safe Base64 with or without padding. */
export function decodeUrlSafeBase64(text: string): Buffer | undefined {
  return URL_SAFE.test(text) && hasPossibleLength(text) ? Buffer.from(text, 'base64url') : undefined;
}

function hasPossibleLength(text: string): boolean {
  const padding = text.indexOf('=');
  if (padding !== -1) return text.length % 4 === 0;
  return text.length % 4 !== 1;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
