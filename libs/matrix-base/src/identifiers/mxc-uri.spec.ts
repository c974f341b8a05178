import { describe, expect, it } from 'vitest';
import { buildMxcUri, parseMxcUri } from './mxc-uri.ts';

describe('parseMxcUri', () => {
  it('takes a content URI apart and buildMxcUri puts it together again', () => {
    const parsed = parseMxcUri('mxc://example.org:8448/AQwafuaFswefuhsfAFAgsw_-');
    expect(parsed).toEqual({ serverName: 'example.org:8448', mediaId: 'AQwafuaFswefuhsfAFAgsw_-' });
    expect(parsed && buildMxcUri(parsed)).toBe('mxc://example.org:8448/AQwafuaFswefuhsfAFAgsw_-');
  });

  it.each([
    'mxc://example.org',
    'mxc://example.org/',
    'mxc:///media',
    'mxc://example.org/a/b',
    'mxc://example.org/../etc',
    'mxc://example.org/a%2Fb',
    'mxc://exa_mple.org/media',
    'mxc://1.2.3.256/media',
    'MXC://example.org/media',
    'https://example.org/media',
    '',
    7,
    undefined,
  ])('refuses %j', (text) => {
    expect(parseMxcUri(text)).toBeUndefined();
  });
});
