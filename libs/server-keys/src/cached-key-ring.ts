import { LRUCache } from 'lru-cache';
import type { NamedCache } from '@plexus/cache';
import { isServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { isAskableKeyId } from '@plexus/matrix-api';
import { isValidAt } from '@plexus/remote-servers';
import type { KeyFetcher, KeyQuery, KeyRing, VerifyKey } from '@plexus/remote-servers';
import type { HostedServerKey, HostedServerKeys, ServerKeyReader, StoredServerKey } from '@plexus/storage';
import { serverKeyCacheKey } from './server-key-cache.ts';

export interface CachedKeyRingOptions {
  readonly cache: NamedCache<StoredServerKey>;
  readonly stored: Pick<ServerKeyReader, 'findKeys'>;
  readonly fetcher: KeyFetcher;
  readonly hosted: Pick<HostedServerKeys, 'listKeys'>;
  readonly clock: Clock;
}

/** How long nobody is asked again for a key that nobody had. */
const MISSING_MS = 60_000;
const MOST_MISSING = 20_000;
const MOST_KEY_IDS = 32;

/**
 * Keys from the nearest place that has them.
 *
 *     hosted ─ else ─► cache ─► table ─► fetched ─► missing, for a minute
 */
export class CachedKeyRing implements KeyRing {
  readonly #options: CachedKeyRingOptions;
  readonly #missing = new LRUCache<string, number>({ max: MOST_MISSING });
  readonly #fetches = new Map<string, Promise<readonly VerifyKey[]>>();

  constructor(options: CachedKeyRingOptions) {
    this.#options = options;
  }

  async findKeys(
    serverName: string,
    keyIds: readonly string[],
    query: KeyQuery,
  ): Promise<ReadonlyMap<string, VerifyKey>> {
    const own = this.#options.hosted.listKeys(serverName);
    if (own !== undefined) return pick(own, keyIds, query);
    const wanted = isServerName(serverName) ? [...new Set(keyIds)].filter(isAskableKeyId).slice(0, MOST_KEY_IDS) : [];
    const found = new Map<string, VerifyKey>();
    let open = wanted;
    for (const source of [this.#read, this.#fetch]) {
      if (open.length === 0) break;
      for (const key of await source.call(this, serverName, open, query)) found.set(key.keyId, key);
      open = open.filter((keyId) => !isSettled(found.get(keyId), query));
    }
    return new Map([...found].filter(([, key]) => isValidAt(key, query.validAt)));
  }

  async #read(serverName: string, keyIds: readonly string[]): Promise<readonly VerifyKey[]> {
    const byCacheKey = new Map(keyIds.map((keyId) => [serverKeyCacheKey(serverName, keyId), keyId]));
    const found = await this.#options.cache.getMany([...byCacheKey.keys()], async (missing) => {
      const stored = await this.#options.stored.findKeys(
        serverName,
        missing.map((cacheKey) => byCacheKey.get(cacheKey) ?? ''),
      );
      return new Map([...stored].map(([keyId, key]) => [serverKeyCacheKey(serverName, keyId), key]));
    });
    return [...found.values()];
  }

  async #fetch(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<readonly VerifyKey[]> {
    const now = this.#options.clock.now();
    const askable = keyIds.filter((keyId) => (this.#missing.get(serverKeyCacheKey(serverName, keyId)) ?? 0) <= now);
    if (askable.length === 0) return [];
    const keys = await this.#fetchOnce(serverName, askable, query);
    const byId = new Map(keys.map((key) => [key.keyId, key]));
    for (const keyId of askable.filter((one) => !isSettled(byId.get(one), query)))
      this.#missing.set(serverKeyCacheKey(serverName, keyId), this.#options.clock.now() + MISSING_MS);
    return keys.filter(({ keyId }) => askable.includes(keyId));
  }

  /** Who asks for what is being fetched waits for that, even where the moments differ: what comes then is the server's last word. */
  #fetchOnce(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<readonly VerifyKey[]> {
    const flight = `${serverName} ${keyIds.toSorted().join(' ')}`;
    let fetching = this.#fetches.get(flight);
    if (fetching === undefined) {
      fetching = this.#options.fetcher.fetchKeys(serverName, keyIds, query).finally(() => this.#fetches.delete(flight));
      this.#fetches.set(flight, fetching);
    }
    return fetching;
  }
}

/** Whether asking somebody else could not change the answer: the key is good, or its server has put it away for good. */
function isSettled(key: VerifyKey | undefined, { validAt }: KeyQuery): boolean {
  return key !== undefined && (key.expiredAt !== undefined || isValidAt(key, validAt));
}

/** Of the keys of a hosted server those that are asked for: they need no refreshing. */
function pick(
  keys: readonly HostedServerKey[],
  keyIds: readonly string[],
  { validAt }: KeyQuery,
): Map<string, VerifyKey> {
  const wanted = keys
    .filter(({ keyId }) => keyIds.includes(keyId))
    .map(({ keyId, publicKey, retiredAt }): VerifyKey => ({
      keyId,
      publicKey,
      validUntil: Infinity,
      ...(retiredAt !== undefined && { expiredAt: retiredAt }),
    }))
    .filter((key) => isValidAt(key, validAt));
  return new Map(wanted.map((key) => [key.keyId, key]));
}
