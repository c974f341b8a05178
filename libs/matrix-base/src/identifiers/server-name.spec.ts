import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostOf, isServerName, parseServerName } from './server-name.ts';

describe('parseServerName', () => {
  it.each([
    ['matrix.org', 'matrix.org', undefined, 'dns'],
    ['matrix.org:8888', 'matrix.org', 8888, 'dns'],
    ['1.2.3.4', '1.2.3.4', undefined, 'ipv4'],
    ['1.2.3.4:1234', '1.2.3.4', 1234, 'ipv4'],
    ['[1234:5678::abcd]', '[1234:5678::abcd]', undefined, 'ipv6'],
    ['[1234:5678::abcd]:5678', '[1234:5678::abcd]', 5678, 'ipv6'],
    ['localhost', 'localhost', undefined, 'dns'],
    ['localhost:8448', 'localhost', 8448, 'dns'],
    ['MATRIX.org', 'MATRIX.org', undefined, 'dns'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', undefined, 'dns'],
    ['1.2.3.4.example', '1.2.3.4.example', undefined, 'dns'],
    ['a:0', 'a', 0, 'dns'],
    ['a:65535', 'a', 65535, 'dns'],
    ['a:00080', 'a', 80, 'dns'],
    ['[::]', '[::]', undefined, 'ipv6'],
    ['[::1]', '[::1]', undefined, 'ipv6'],
    ['[1::]', '[1::]', undefined, 'ipv6'],
    ['[1:2:3:4:5:6:7:8]', '[1:2:3:4:5:6:7:8]', undefined, 'ipv6'],
    ['[1:2:3:4:5:6:7::]', '[1:2:3:4:5:6:7::]', undefined, 'ipv6'],
    ['[::ffff:1.2.3.4]', '[::ffff:1.2.3.4]', undefined, 'ipv6'],
    ['[64:ff9b::1.2.3.4]:1', '[64:ff9b::1.2.3.4]', 1, 'ipv6'],
  ])('accepts %s', (text, host, port, kind) => {
    expect(parseServerName(text)).toEqual({ host, port, kind });
  });

  it.each([
    ['', 'empty'],
    [':80', 'no host'],
    ['matrix.org:', 'port without digits'],
    ['matrix.org:99999', 'port beyond 65535'],
    ['matrix.org:65536', 'port beyond 65535'],
    ['matrix.org:123456', 'six digits'],
    ['matrix.org:+80', 'sign'],
    ['matrix.org: 80', 'space'],
    ['matrix.org:8_0', 'underscore in the port'],
    ['matrix.org:-1', 'negative port'],
    ['matrix.org:８０', 'full-width digits'],
    ['matrix.org:80:80', 'two ports'],
    ['matrix..org', 'empty label'],
    ['.matrix.org', 'leading dot'],
    ['matrix.org.', 'trailing dot'],
    ['ma_trix.org', 'underscore'],
    ['mätrix.org', 'not ASCII'],
    ['matrix.org/', 'slash'],
    ['matrix.org\n', 'line feed'],
    ['matrix org', 'space'],
    ['1.2.3.256', 'octet beyond 255'],
    ['999.1.1.1:80', 'octet beyond 255'],
    ['[]', 'nothing in brackets'],
    ['[1]', 'one group'],
    ['[1::2::3]', 'two gaps'],
    ['[1:2:3:4:5:6:7]', 'seven groups'],
    ['[1:2:3:4:5:6:7:8:9]', 'nine groups'],
    ['[1:2:3:4:5:6:7::8]', 'a gap for nothing'],
    ['[12345::]', 'group of five digits'],
    ['[::1.2.3.999]', 'octet beyond 255 inside'],
    ['[1.2.3.4::1]', 'IPv4 not at the end'],
    ['[1.2.3.4]', 'IPv4 in brackets'],
    ['[::1', 'unclosed bracket'],
    ['::1', 'IPv6 without brackets'],
    ['[fe80::1%eth0]', 'zone'],
    ['[:1::]', 'leading single colon'],
    ['a'.repeat(256), '256 characters'],
  ])('refuses %j: %s', (text) => {
    expect(parseServerName(text)).toBeUndefined();
  });

  it('accepts 255 characters', () => {
    expect(isServerName('a'.repeat(255))).toBe(true);
  });

  it('never throws, and what it accepts begins with the host', () => {
    const text = fc.oneof(
      fc.string(),
      fc.domain(),
      fc.ipV4(),
      fc.string({ unit: fc.constantFrom('[', ']', ':', '.', '1', 'f') }),
    );
    fc.assert(
      fc.property(text, (name) => {
        const parsed = parseServerName(name);
        expect(name.startsWith(parsed?.host ?? '')).toBe(true);
      }),
    );
  });

  it('accepts every IPv4 and IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), (ipv4, ipv6) => {
        expect([parseServerName(ipv4)?.kind, parseServerName(`[${ipv6}]`)?.kind]).toEqual(['ipv4', 'ipv6']);
      }),
    );
  });
});

describe('isServerName', () => {
  it.each([undefined, null, 5, {}, ['matrix.org']])('refuses %j', (value) => {
    expect(isServerName(value)).toBe(false);
  });
});

describe('hostOf', () => {
  it.each([
    ['matrix.org', 'matrix.org'],
    ['matrix.org:8448', 'matrix.org'],
    ['1.2.3.4:8448', '1.2.3.4'],
    ['[::1]', '[::1]'],
    ['[::1]:8448', '[::1]'],
  ])('of %s is %s', (serverName, host) => {
    expect(hostOf(serverName)).toBe(host);
  });
});
