import { expect, it } from 'vitest';
import { compileIpRanges } from './ip-ranges.ts';

const isAllowed = compileIpRanges({ blacklist: ['127.0.0.0/8', '10.0.0.0/8', '::1'], whitelist: ['10.1.0.0/16'] });

it.each([
  ['192.0.2.7', true],
  ['2001:db8::7', true],
  ['10.2.0.1', false],
  ['10.1.0.1', true],
  ['::1', false],
  ['not an address', false],
])('goes by the lists: %s, %s', (address, expected) => {
  expect(isAllowed(address)).toBe(expected);
});

it.each(['::ffff:10.2.0.1', '::10.2.0.1', '2002:7f00:1::', '2002:a02:1::5'])(
  'sees %s for the IPv4 it stands for',
  (address) => {
    expect(isAllowed(address)).toBe(false);
  },
);

it.each(['2002:c000:207::1', '::192.0.2.7', '::ffff:192.0.2.7'])(
  'lets %s pass as the IPv4 it stands for',
  (address) => {
    expect(isAllowed(address)).toBe(true);
  },
);

it.each(['0.0.0.0', '::', '::ffff:0.0.0.0'])('never connects to %s', (address) => {
  const openToAll = compileIpRanges({ blacklist: [], whitelist: ['0.0.0.0/0', '::/0'] });
  expect(openToAll(address)).toBe(false);
  expect(openToAll('127.0.0.1')).toBe(true);
});

it.each(['::ffff:10.2.0.0/112', '::ffff:a02:0/112', '::ffff:10.2.0.1'])(
  'takes the network %s for the IPv4 it stands for',
  (network) => {
    const isAllowedThere = compileIpRanges({ blacklist: [network], whitelist: [] });
    for (const address of ['10.2.0.1', '::ffff:10.2.0.1']) expect(isAllowedThere(address)).toBe(false);
    expect(isAllowedThere('10.3.0.1')).toBe(true);
  },
);
