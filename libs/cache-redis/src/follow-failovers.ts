import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { CacheStoreError } from '@plexus/cache';
import { keepSubscribed } from './keep-subscribed.ts';
import type { RedisAddress } from './redis-place.ts';

/** Sentinels say on this channel: the name of the master, where it was, and where it is. */
const SWITCHED = '+switch-master';

export interface FollowedSentinels {
  readonly sentinels: readonly RedisAddress[];
  readonly masterName: string;
  /** Of a connection to a Sentinel. */
  readonly options: RedisOptions & { readonly replyMapping: 'legacy' };
  /** What it logs in with when it connects again. */
  readonly loginByThen: () => RedisOptions;
  /** A Sentinel does not let this login listen. It is asked again, and the others tell of what it would. */
  readonly failed: (error: CacheStoreError) => void;
}

/**
 * Ends a client's connection to the master when Sentinels tell of another one, even where the former one still answers: it asks them anew then. Ends
 * with the client.
 *
 * @NOTE ioredis does this too (`failoverDetector`), but it subscribes again by itself where a Sentinel comes back, and nobody hears that this failed: a
 * failure that nobody hears ends the process.
 */
export function followFailovers(client: Redis, followed: FollowedSentinels): void {
  const { sentinels, masterName } = followed;
  let last = '';
  const take = (told: string): void => {
    // Each of the Sentinels tells of each failover.
    if (told === last || !told.startsWith(`${masterName} `)) return;
    last = told;
    client.disconnect(true);
  };
  const listeners = sentinels.map((sentinel) => listenTo(sentinel, followed, take));
  client.once('end', () => {
    for (const listener of listeners) listener.disconnect();
  });
}

function listenTo(
  { host, port }: RedisAddress,
  { options, loginByThen, failed }: FollowedSentinels,
  take: (told: string) => void,
): Redis {
  const listener = new Redis({
    ...options,
    host,
    port,
    enableReadyCheck: false,
    enableOfflineQueue: true,
    autoResubscribe: false,
    maxRetriesPerRequest: null,
  });
  // One that cannot be reached is tried again for as long as the client lives; the others tell of what it would.
  listener.on('error', () => {});
  listener.on('reconnecting', () => void Object.assign(listener.options, loginByThen()));
  const message = `the Sentinel ${host}:${port} does not let itself be listened to`;
  keepSubscribed(listener, { channel: SWITCHED, failed: (cause) => failed(new CacheStoreError(message, { cause })) });
  listener.on('message', (_channel: string, told: string) => take(told));
  return listener;
}
