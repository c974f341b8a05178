import type { RedisConnection, RedisLogin, RedisPlace } from '@plexus/cache-redis';
import { clientTls, readHostAndPort, StartError, steadyClock } from '@plexus/service-shell';
import type { CacheSettings, Logger, Secret } from '@plexus/service-shell';
import { sayRarely } from './say-rarely.ts';

type RedisSettings = CacheSettings['redis'];

/** How Redis is connected to, as the configuration says. Throws `StartError` where it does not say where Redis is, or a file cannot be used. */
export function redisConnectionOf(settings: RedisSettings, logger?: Logger): RedisConnection {
  const { tls } = settings;
  return {
    place: placeOf(settings),
    placeByThen: () => placeOf(settings),
    connectTimeoutMs: settings.connect_timeout,
    commandTimeoutMs: settings.command_timeout,
    ...(tls && { tls: clientTls(tls, { peer: 'Redis', ...(logger && { logger }) }) }),
    ...(logger && { notHeard: sayRarely(steadyClock, (err, unsaid) => logger.warn(NOT_HEARD, { err, unsaid })) }),
  };
}

const NOT_HEARD = 'Redis does not tell of changes: its login may not listen';

function placeOf({ url, sentinel, cluster, username, password }: RedisSettings): RedisPlace {
  const login = loginOf(username, password);
  if (url !== undefined) return { kind: 'single', url: url.reveal(), login };
  if (cluster !== undefined) return { kind: 'cluster', nodes: cluster.nodes.map(readHostAndPort), login };
  if (sentinel === undefined) throw new StartError('cache.redis.url is missing: say where your Redis is');
  return {
    kind: 'sentinel',
    sentinels: sentinel.nodes.map(readHostAndPort),
    masterName: sentinel.master_name,
    login,
    sentinelLogin: loginOf(sentinel.username, sentinel.password),
  };
}

function loginOf(username: string | undefined, password: Secret | undefined): RedisLogin {
  return { username, password: password?.reveal() };
}
