import { expect, it } from 'vitest';
import { findClientAddress, normalizeAddress, trustNetworks } from './client-address.ts';

const isTrusted = trustNetworks(['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']);

it.each([
  ['a direct client', '192.0.2.7', undefined, '192.0.2.7'],
  ['a client that forges the header', '192.0.2.7', '10.9.9.9', '192.0.2.7'],
  ['one proxy', '10.0.0.1', '192.0.2.7', '192.0.2.7'],
  ['two proxies', '10.0.0.1', '192.0.2.7, 10.0.0.2', '192.0.2.7'],
  ['a client that forges an entry behind a proxy', '10.0.0.1', '198.51.100.1, 192.0.2.7', '192.0.2.7'],
  ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['an IPv4-mapped proxy', '::ffff:10.0.0.1', '192.0.2.7', '192.0.2.7'],
  ['an IPv4-mapped client', '10.0.0.1', '::ffff:192.0.2.7', '192.0.2.7'],
  ['entries with ports', '10.0.0.1', '192.0.2.7:4711', '192.0.2.7'],
  ['an IPv6 entry with a port', '2001:db8::1', '[2001:0DB9:0::7]:4711', '2001:db9::7'],
  ['an entry that is no address', '10.0.0.1', '192.0.2.7, unknown', '10.0.0.1'],
  ['an empty header', '10.0.0.1', '', '10.0.0.1'],
  ['a number that some parsers take for an address', '10.0.0.1', '3221225479', '10.0.0.1'],
  ['a single trusted address', '127.0.0.1', '192.0.2.7', '192.0.2.7'],
  ['no peer any more', '', '192.0.2.7', ''],
])('finds the client of %s', (_case, peer, header, expected) => {
  expect(findClientAddress(peer, header, isTrusted)).toBe(expected);
});

it('normalizes addresses', () => {
  expect(normalizeAddress('::ffff:127.0.0.1')).toBe('127.0.0.1');
  expect(normalizeAddress('fe80::1%eth0')).toBe('fe80::1');
  expect(normalizeAddress('0:0:0:0:0:0:0:1')).toBe('::1');
});

it('trusts nobody without networks', () => {
  expect(trustNetworks([])('127.0.0.1')).toBe(false);
});
