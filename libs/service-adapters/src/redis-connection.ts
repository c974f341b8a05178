import type { RedisAddress, RedisConnection, RedisLogin, RedisPlace } from '@plexus/cache-redis';
import { StartError } from '@plexus/service-shell';
import type { CacheSettings, Secret } from '@plexus/service-shell';

type RedisSettings = CacheSettings['redis'];

/** How Redis is connected to, as the configuration says. Throws `StartError` where it does not say where Redis is. */
export function redisConnectionOf(settings: RedisSettings): RedisConnection {
  return {
    place: placeOf(settings),
    connectTimeoutMs: settings.connect_timeout,
    commandTimeoutMs: settings.command_timeout,
  };
}

function placeOf({ url, sentinel, cluster, username, password }: RedisSettings): RedisPlace {
  const login = loginOf(username, password);
  if (url !== undefined) return { kind: 'single', url: url.reveal(), login };
  if (cluster !== undefined) return { kind: 'cluster', nodes: cluster.nodes.map(addressOf), login };
  if (sentinel === undefined) throw new StartError('cache.redis.url is missing: say where your Redis is');
  return {
    kind: 'sentinel',
    sentinels: sentinel.nodes.map(addressOf),
    masterName: sentinel.master_name,
    login,
    sentinelLogin: loginOf(sentinel.username, sentinel.password),
  };
}

function loginOf(username: string | undefined, password: Secret | undefined): RedisLogin {
  return { username, password: password?.reveal() };
}

/** `host:port`, as the schema has checked. */
function addressOf(written: string): RedisAddress {
  const colon = written.lastIndexOf(':');
  return { host: written.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(written.slice(colon + 1)) };
}
