import { describe, expect, it } from 'vitest';
import { isHashRoomId, isRoomId, isRoomIdWithDomain } from './room-id.ts';

const HASH = 'Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ';

describe('room ids', () => {
  it.each([
    ['!abc:example.org', true, false],
    ['!:example.org', true, false],
    ['!a/b c\n:example.org', true, false],
    [`!${HASH}`, false, true],
    [`!${HASH}:example.org`, true, false],
    [`!${HASH.slice(1)}`, false, false],
    [`!${HASH}x`, false, false],
    [`!${HASH.replace('-', '+')}`, false, false],
    [`!${HASH}\n`, false, false],
    [`$${HASH}`, false, false],
    ['!abc', false, false],
    ['!abc:exa mple.org', false, false],
    ['#abc:example.org', false, false],
    [5, false, false],
  ])('%j: with a domain %s, hash %s', (text, withDomain, hash) => {
    expect(isRoomIdWithDomain(text)).toBe(withDomain);
    expect(isHashRoomId(text)).toBe(hash);
    expect(isRoomId(text)).toBe(withDomain || hash);
  });
});
