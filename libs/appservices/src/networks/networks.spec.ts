import { expect, it } from 'vitest';
import { compileNetworks, isNetwork } from './networks.ts';

const isWithin = compileNetworks(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', '::ffff:198.51.100.0/120']);

it.each([
  ['10.1.2.3', true],
  ['11.1.2.3', false],
  ['::ffff:10.1.2.3', true],
  ['::ffff:a01:203', true],
  ['::FFFF:11.1.2.3', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['2001:db8:1::5', true],
  ['2001:DB8::', true],
  ['2001:db9::1', false],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::2', false],
  ['198.51.100.9', true],
  ['198.51.101.9', false],
  ['2001:db8::1%eth0', false],
  ['10.1', false],
  ['0x0a.1.2.3', false],
  ['unknown', false],
  ['', false],
])('of the address %s: %s', (address, expected) => {
  expect(isWithin(address)).toBe(expected);
});

it('lets nobody in where no network is named', () => {
  expect(compileNetworks([])('10.0.0.1')).toBe(false);
});

it.each(['10.0.0.0/8', '10.0.0.1', '2001:db8::/32', '::1', '::ffff:10.0.0.0/104'])('takes %s', (written) => {
  expect(isNetwork(written)).toBe(true);
});

it.each(['10.0.0.0/33', '10.0.0', 'example.org', '', '10.0.0.0/', '2001:db8::/129'])('refuses "%s"', (written) => {
  expect(isNetwork(written)).toBe(false);
});
