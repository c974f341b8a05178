import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Base64, sha256UrlSafe } from './sha256.ts';

describe('SHA-256', () => {
  it.each(['', '{}', 'ä日\u{1f600}', 'a'.repeat(100_000)])('hashes the UTF-8 of a text', (text) => {
    const digest = createHash('sha256').update(text, 'utf8').digest();
    expect(sha256Base64(text)).toBe(digest.toString('base64').replaceAll('=', ''));
    expect(sha256Base64(Buffer.from(text))).toBe(sha256Base64(text));
    expect(sha256UrlSafe(text)).toBe(digest.toString('base64url'));
  });
});
