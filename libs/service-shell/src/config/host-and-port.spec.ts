import { expect, it } from 'vitest';
import { readHostAndPort, writeHostAndPort } from './host-and-port.ts';

it.each([
  ['10.1.2.3:7000', '10.1.2.3', 7000],
  ['pod-1.internal:7000', 'pod-1.internal', 7000],
  ['[fd00::12]:7000', 'fd00::12', 7000],
  ['[::1]:80', '::1', 80],
])('writes and reads %s', (written, host, port) => {
  expect(writeHostAndPort({ host, port })).toBe(written);
  expect(readHostAndPort(written)).toEqual({ host, port });
});

it('leaves brackets that are there', () => {
  expect(writeHostAndPort({ host: '[fd00::12]', port: 7000 })).toBe('[fd00::12]:7000');
});
