import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import { expect, it } from 'vitest';
import { redisConnectionOf } from './redis-connection.ts';

function placeOf(yaml: string): unknown {
  const text = `servers: []\ncache: { adapter: redis, redis: { ${yaml} } }`;
  return redisConnectionOf(loadConfigText(text, readEnvironment({})).cache.redis).place;
}

it('connects to one server by its URL', () => {
  expect(placeOf('url: "redis://h:1/2"')).toEqual({ kind: 'single', url: 'redis://h:1/2', login: {} });
});

it('asks Sentinels for the master, with a login for each kind', () => {
  const sentinel = 'sentinel: { nodes: [a:26379, "[::1]:26380"], master_name: main, password: s }';
  expect(placeOf(`${sentinel}, username: u, password: p`)).toEqual({
    kind: 'sentinel',
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: '::1', port: 26_380 },
    ],
    masterName: 'main',
    login: { username: 'u', password: 'p' },
    sentinelLogin: { password: 's' },
  });
});

it('connects to a Redis Cluster by some of its nodes', () => {
  expect(placeOf('cluster: { nodes: [a:1, b:2] }')).toMatchObject({
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
  });
});

it.each([
  ['url: "redis://h", cluster: { nodes: [a:1] }', 'has several places'],
  ['sentinel: { nodes: [] }', 'cache.redis.sentinel.nodes'],
  ['cluster: { nodes: [a] }', 'host:port'],
])('refuses %s', (yaml, reason) => {
  expect(() => placeOf(yaml)).toThrow(reason);
});
