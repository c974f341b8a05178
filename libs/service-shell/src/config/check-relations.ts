import { isEd25519KeyId, isServerName, isUserId, parseServerName } from '@plexus/matrix-base';
import type { ConfigProblem } from './config-error.ts';
import { checkTls } from './check-tls.ts';
import type { PlexusConfig } from './plexus-config.ts';

/** What one setting demands of another: the checks that a schema cannot express. */
export function checkRelations(config: PlexusConfig): ConfigProblem[] {
  return [
    ...checkDatabase(config),
    ...checkAdapters(config),
    ...checkTls(config),
    ...checkServers(config),
    ...checkTurn(config),
    ...checkFederation(config),
    ...checkNotices(config),
    ...checkConsent(config),
    ...config.listeners.flatMap((listener, index) => checkListener(listener, index)),
  ];
}

function checkDatabase({ database }: PlexusConfig): ConfigProblem[] {
  const hasUrl =
    database.url !== undefined || (database.rooms_url !== undefined && database.accounts_url !== undefined);
  const hasAnyUrl = hasUrl || database.rooms_url !== undefined || database.accounts_url !== undefined;
  if (database.embedded === true && hasAnyUrl) {
    return [{ path: 'database.embedded', reason: 'must be false where a URL is given' }];
  }
  if (database.embedded === false && !hasUrl) {
    return [{ path: 'database.url', reason: 'is required where database.embedded is false' }];
  }
  if (hasAnyUrl && !hasUrl) {
    return [{ path: 'database.url', reason: 'is required unless both rooms_url and accounts_url are given' }];
  }
  return [];
}

function checkAdapters({ topics, cache, rpc }: PlexusConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (topics.adapter === 'kafka' && topics.kafka.brokers.length === 0) {
    problems.push({ path: 'topics.kafka.brokers', reason: 'is required where topics.adapter is kafka' });
  }
  if (topics.kafka.sasl && topics.kafka.sasl.password === undefined) {
    problems.push({ path: 'topics.kafka.sasl.password', reason: 'is required (or password_path)' });
  }
  if (topics.kafka.heartbeat_interval * 3 > topics.kafka.session_timeout) {
    problems.push({ path: 'topics.kafka.heartbeat_interval', reason: 'must be at most a third of session_timeout' });
  }
  if (cache.adapter === 'redis') problems.push(...checkRedis(cache.redis));
  if (rpc.adapter === 'grpc' && rpc.grpc.advertised_host === undefined) {
    problems.push({ path: 'rpc.grpc.advertised_host', reason: 'is required where rpc.adapter is grpc' });
  }
  return problems;
}

function checkRedis({ url, sentinel, cluster }: PlexusConfig['cache']['redis']): ConfigProblem[] {
  const given = [url, sentinel, cluster].filter((place) => place !== undefined);
  if (given.length === 1) return [];
  if (given.length === 0) {
    const reason = 'is required where cache.adapter is redis, or cache.redis.sentinel, or cache.redis.cluster';
    return [{ path: 'cache.redis.url', reason }];
  }
  return [{ path: 'cache.redis', reason: 'has several places: give one of url, sentinel and cluster' }];
}

function checkTurn({ turn }: PlexusConfig): ConfigProblem[] {
  const hasCredentials =
    turn.shared_secret !== undefined || (turn.username !== undefined && turn.password !== undefined);
  if (turn.uris.length === 0 || hasCredentials) return [];
  return [{ path: 'turn.shared_secret', reason: 'is required (or username and password) where turn.uris are given' }];
}

function checkFederation({ federation }: PlexusConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, address] of Object.entries(federation.static_addresses)) {
    const path = `federation.static_addresses.${name}`;
    if (!isServerName(name)) problems.push({ path, reason: 'is not for a valid server name' });
    if (parseServerName(address)?.port === undefined) problems.push({ path, reason: 'must be host:port' });
  }
  for (const [index, { server_name: name, verify_keys: keys }] of federation.trusted_key_servers.entries()) {
    const path = `federation.trusted_key_servers[${index}]`;
    if (!isServerName(name)) problems.push({ path: `${path}.server_name`, reason: 'is not a valid server name' });
    const wrong = Object.keys(keys).filter((keyId) => !isEd25519KeyId(keyId));
    problems.push(
      ...wrong.map((keyId) => ({ path: `${path}.verify_keys.${keyId}`, reason: 'is not an ed25519 key id' })),
    );
  }
  return problems;
}

function checkNotices({ report_stats: reports, server_notices: notices }: PlexusConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (reports.enabled && reports.endpoint === undefined) {
    problems.push({ path: 'report_stats.endpoint', reason: 'is required where report_stats.enabled is true' });
  }
  if (notices.broadcast_rate === 0) {
    problems.push({ path: 'server_notices.broadcast_rate', reason: 'must be more than 0' });
  }
  return problems;
}

function checkConsent({ user_consent: common, servers }: PlexusConfig): ConfigProblem[] {
  const own = servers.map(({ user_consent: settings }, index) => [`servers[${index}].user_consent`, settings] as const);
  return [['user_consent', common] as const, ...own].flatMap(([path, settings]) => {
    if (settings === undefined) return [];
    const contents = Object.entries(settings.server_notice_translations).map(
      ([language, content]) => [`server_notice_translations.${language}`, content] as const,
    );
    const notices = [['server_notice_content', settings.server_notice_content] as const, ...contents];
    const problems = notices
      .filter(([, content]) => content !== undefined && typeof content['body'] !== 'string')
      .map(([name]) => ({ path: `${path}.${name}`, reason: 'has no body' }));
    const isSafe = /^[^/\\]+$/.test(settings.version) && !settings.version.startsWith('.');
    return isSafe ? problems : [...problems, { path: `${path}.version`, reason: 'is no name of a file' }];
  });
}

function checkServers({ servers }: PlexusConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const names = new Set<string>();
  const hosts = new Set<string>();
  for (const [index, server] of servers.entries()) {
    const path = `servers[${index}]`;
    if (!isServerName(server.server_name)) {
      problems.push({ path: `${path}.server_name`, reason: 'is not a valid server name' });
    }
    problems.push(...checkNames(server, path));
    const { address } = server.policy_server;
    if (address !== undefined && parseServerName(address)?.port === undefined) {
      problems.push({ path: `${path}.policy_server.address`, reason: 'is not host:port' });
    }
    if (names.has(server.server_name)) problems.push({ path: `${path}.server_name`, reason: 'is there twice' });
    names.add(server.server_name);
    for (const [place, host] of [server.server_name, ...server.aliases].entries()) {
      const key = host.toLowerCase();
      if (hosts.has(key) && place > 0) {
        problems.push({ path: `${path}.aliases[${place - 1}]`, reason: `${host} already names a server` });
      }
      hosts.add(key);
    }
  }
  return problems;
}

/** What names a server besides its own name. */
function checkNames(
  { aliases, well_known: wellKnown }: PlexusConfig['servers'][number],
  path: string,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const reason = 'is not a valid server name';
  for (const [index, alias] of aliases.entries())
    if (!isServerName(alias)) problems.push({ path: `${path}.aliases[${index}]`, reason });
  if (wellKnown.server !== undefined && !isServerName(wellKnown.server))
    problems.push({ path: `${path}.well_known.server`, reason });
  for (const [index, { matrix_id: userId }] of (wellKnown.support?.contacts ?? []).entries())
    if (userId !== undefined && !isUserId(userId))
      problems.push({ path: `${path}.well_known.support.contacts[${index}].matrix_id`, reason: 'is not a user id' });
  return problems;
}

function checkListener({ tls }: PlexusConfig['listeners'][number], index: number): ConfigProblem[] {
  if (tls === undefined || (tls.cert === undefined) === (tls.key === undefined)) return [];
  return [{ path: `listeners[${index}].tls`, reason: 'cert and key belong together' }];
}
