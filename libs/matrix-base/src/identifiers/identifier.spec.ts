import { describe, expect, it } from 'vitest';
import { findServerName, fitsBytes, localpartOf, serverNameOf } from './identifier.ts';

describe('parts of an identifier', () => {
  it.each([
    ['@alice:example.org', 'alice', 'example.org'],
    ['@alice:example.org:8448', 'alice', 'example.org:8448'],
    ['!room:[::1]:8448', 'room', '[::1]:8448'],
    ['$hash', 'hash', undefined],
  ])('of %s are %s and %s', (identifier, localpart, serverName) => {
    expect(localpartOf(identifier)).toBe(localpart);
    expect(findServerName(identifier)).toBe(serverName);
  });

  it('throws where a server name is needed and there is none', () => {
    expect(serverNameOf('@alice:example.org')).toBe('example.org');
    expect(() => serverNameOf('!hash')).toThrow(TypeError);
  });
});

describe('fitsBytes', () => {
  it.each([
    ['', 0, true],
    ['abc', 3, true],
    ['abcd', 3, false],
    ['ä', 1, false],
    ['ä', 2, true],
    ['日本', 5, false],
    ['日本', 6, true],
    ['\u{1f600}', 4, true],
    ['\u{1f600}', 3, false],
  ])('%j in %d bytes: %s', (text, limit, fits) => {
    expect(fitsBytes(text, limit)).toBe(fits);
  });
});
