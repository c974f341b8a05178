import { Cluster, Redis } from 'ioredis';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { followFailovers } from './follow-failovers.ts';
import type { RedisConnection, RedisLogin, RedisPlace } from './redis-place.ts';

export type RedisClient = Redis | Cluster;

/** Replies as Redis gives them. */
type Options = RedisOptions & { readonly replyMapping: 'legacy' };

const DEFAULT_COMMAND_TIMEOUT_MS = 250;
const DEFAULT_CONNECT_TIMEOUT_MS = 1_000;
/** A connection on which commands have had no answer for so long is given up: who was at its other end may have gone without a word. */
const SILENT_CONNECTION_MS = 5_000;
/** When the other end of a connection on which nothing happens is looked for. */
const KEEP_ALIVE_MS = 10_000;
/** How often a client of a Redis Cluster asks which node is whose master. */
const TOPOLOGY_MS = 1_000;

/** A client whose commands fail at once while Redis is away, and which tries to come back for ever. */
export function openRedis(connection: RedisConnection): RedisClient {
  const client = buildClient(connection);
  if (client instanceof Cluster) client.on('+node', (node: Redis) => followLogin(node, connection));
  else followLogin(client, connection);
  // What breaks a connection comes to light in the commands that it fails; without a listener it would end the process.
  client.on('error', () => {});
  return client;
}

/**
 * A further connection of a server that only listens; a Redis Cluster's client has one already. Who opens it subscribes whenever it is `ready`.
 *
 * @NOTE Where ioredis subscribes again by itself, nobody hears that it failed, and a failure that nobody hears ends the process.
 */
export function openSubscriber(connection: RedisConnection): Redis {
  const subscriber = buildRedis(connection, {
    autoResubscribe: false,
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
  });
  followLogin(subscriber, connection);
  subscriber.on('error', () => {});
  return subscriber;
}

/** Whether a command had no answer in time: one that is refused, or finds no connection, fails at once. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Command timed out');
}

/**
 * Has the client log in with what counts by then.
 *
 * @NOTE It reads its options when it begins to connect, just after it has told of that. A node of a Redis Cluster is made with the options of the
 * beginning, and connects only after it was told of.
 */
function followLogin(client: Redis, { place, placeByThen }: RedisConnection): void {
  if (placeByThen === undefined) return;
  const update = (): void => void Object.assign(client.options, loginsOf(placeByThen()));
  if (place.kind === 'cluster') update();
  client.on('reconnecting', update);
}

function loginsOf(place: RedisPlace): RedisOptions {
  if (place.kind === 'single') return { ...loginOfUrl(place.url), ...loginOf(place.login) };
  if (place.kind === 'cluster') return loginOf(place.login);
  const { login, sentinelLogin } = place;
  return {
    ...loginOf(login),
    ...(sentinelLogin?.username !== undefined && { sentinelUsername: sentinelLogin.username }),
    ...(sentinelLogin?.password !== undefined && { sentinelPassword: sentinelLogin.password }),
  };
}

function loginOfUrl(url: string): RedisLogin {
  const { username, password } = new URL(url);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

/** Resolves when the client can take commands for the first time. */
export async function untilReady(client: RedisClient): Promise<void> {
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', () => resolve()));
}

function buildClient(connection: RedisConnection): RedisClient {
  if (connection.place.kind !== 'cluster') return buildRedis(connection, {});
  const nodes = connection.place.nodes.map(({ host, port }) => ({ host, port }));
  return new Cluster(nodes, clusterOptions(connection));
}

function buildRedis(connection: RedisConnection, further: RedisOptions): Redis {
  const { place } = connection;
  const options: Options = { ...commonOptions(connection), ...further, replyMapping: 'legacy' };
  if (place.kind === 'single') return new Redis(place.url, { ...options, ...loginOf(place.login) });
  if (place.kind === 'cluster') throw new Error('a Redis Cluster has no single connection');
  const { sentinels, masterName, sentinelLogin } = place;
  const client = new Redis({
    ...options,
    ...loginOf(place.login),
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name: masterName,
    sentinelUsername: sentinelLogin?.username,
    sentinelPassword: sentinelLogin?.password,
    sentinelRetryStrategy: retryAfter,
    ...(connection.tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: connection.tls }),
  });
  followFailovers(client, {
    sentinels,
    masterName,
    options: { ...commonOptions(connection), ...loginOf(sentinelLogin) },
    loginByThen: () => sentinelLoginOf(connection.placeByThen?.() ?? place),
    failed: (error) => connection.notHeard?.(error),
  });
  return client;
}

function sentinelLoginOf(place: RedisPlace): Pick<RedisOptions, 'username' | 'password'> {
  return place.kind === 'sentinel' ? loginOf(place.sentinelLogin) : {};
}

function commonOptions(connection: RedisConnection): Options {
  return {
    // @NOTE ioredis drops messages that RESP3 pushes.
    protocol: 2,
    replyMapping: 'legacy',
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: connection.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    connectTimeout: connection.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_CONNECTION_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: retryAfter,
    // A master that has become a replica: another one has taken its place.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(connection.tls !== undefined && { tls: connection.tls }),
  };
}

/**
 * @NOTE No redirection is followed: the command fails, and the client asks for the topology before the next one. What a slot's new master
 * does not know, the scripts tell.
 */
function clusterOptions(connection: RedisConnection): ClusterOptions & { redisOptions: ClusterNodeOptions } {
  const { retryStrategy: _retry, enableOfflineQueue: _queue, ...ofNodes } = commonOptions(connection);
  return {
    maxRedirections: 0,
    enableOfflineQueue: false,
    slotsRefreshInterval: TOPOLOGY_MS,
    slotsRefreshTimeout: connection.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    clusterRetryStrategy: retryAfter,
    redisOptions: { ...ofNodes, ...loginOf(connection.place.login) },
  };
}

type ClusterNodeOptions = NonNullable<ClusterOptions['redisOptions']> & Pick<Options, 'replyMapping'>;

function loginOf(login: RedisLogin | undefined): Pick<RedisOptions, 'username' | 'password'> {
  return {
    ...(login?.username !== undefined && { username: login.username }),
    ...(login?.password !== undefined && { password: login.password }),
  };
}

function retryAfter(attempt: number): number {
  return Math.min(50 * attempt, 1_000);
}
