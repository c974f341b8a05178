import { expect, it } from 'vitest';
import { endpointOf } from './endpoint-of.ts';

it.each([
  ['http://127.0.0.1:9898', '127.0.0.1', 9898, '127.0.0.1:9898', true, ''],
  ['http://bridge', 'bridge', 80, 'bridge', true, ''],
  ['https://bridge.example/irc/', 'bridge.example', 443, 'bridge.example', false, '/irc'],
  ['http://[::1]:8080/a//', '::1', 8080, '[::1]:8080', true, '/a'],
])('finds where %s leads', (url, host, port, hostHeader, isPlain, basePath) => {
  expect(endpointOf(url)).toEqual({ endpoint: { host, port, hostHeader, certificateName: host, isPlain }, basePath });
});
