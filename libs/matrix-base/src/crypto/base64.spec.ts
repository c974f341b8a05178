import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeUrlSafeBase64, encodeBase64, encodeUrlSafeBase64 } from './base64.ts';

/** https://spec.matrix.org/v1.19/appendices/#unpadded-base64 */
const SPECIFICATION: [string, string][] = [
  ['', ''],
  ['f', 'Zg'],
  ['fo', 'Zm8'],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg'],
  ['fooba', 'Zm9vYmE'],
  ['foobar', 'Zm9vYmFy'],
];

describe('unpadded Base64', () => {
  it.each(SPECIFICATION)('of %j is %j', (text, encoded) => {
    expect(encodeBase64(Buffer.from(text))).toBe(encoded);
    expect(decodeBase64(encoded)?.toString()).toBe(text);
  });

  it('differs from URL-safe Base64 in two characters', () => {
    const bytes = Uint8Array.of(0xfb, 0xff);
    expect([encodeBase64(bytes), encodeUrlSafeBase64(bytes)]).toEqual(['+/8', '-_8']);
    expect([decodeBase64('-_8'), decodeUrlSafeBase64('+/8')]).toEqual([undefined, undefined]);
  });

  it.each(['Zg=', 'Zg===', 'Z', 'Zm9vY', 'Z g', 'Zg\n', 'Zm=9', '='])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  it.each(['Zg==', 'Zm8=', 'Zm9v'])('accepts padding: %s', (text) => {
    expect(decodeBase64(text)).toBeDefined();
  });

  it('round-trips views into larger buffers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4 }), (bytes) => {
        const view = bytes.subarray(1, -1);
        expect(decodeBase64(encodeBase64(view))).toEqual(Buffer.from(view));
        expect(decodeUrlSafeBase64(encodeUrlSafeBase64(view))).toEqual(Buffer.from(view));
      }),
    );
  });
});
