import { LRUCache } from 'lru-cache';
import { isJsonObject, isServerName, parseJson, signJson } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { KeyFetcher } from '@plexus/remote-servers';
import type { FederationPolicy } from '@plexus/service-shell';
import type { HostedServerKeys, ServerKeyDocument, ServerKeyReader } from '@plexus/storage';
import type { PublishServerKeys } from './publish-server-keys.ts';

export interface QueryServerKeysPorts {
  readonly own: Pick<PublishServerKeys, 'execute'>;
  readonly stored: Pick<ServerKeyReader, 'findDocument'>;
  readonly fetcher: KeyFetcher;
  readonly signers: Pick<HostedServerKeys, 'findSigningKey'>;
  readonly policy: Pick<FederationPolicy, 'allows'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A server whose keys are asked for. */
export interface AskedServer {
  readonly serverName: string;
  /** Empty: all that it has. */
  readonly keyIds: readonly string[];
  /** Up to when they should be valid, in milliseconds since the epoch; now where nothing is said. */
  readonly minimumValidUntil?: number;
}

/** More servers in one request are passed over. */
const MOST_SERVERS = 100;
const AT_ONCE = 10;
/** So many servers are asked at once for all who query: anybody may, of any name. Above that what is stored has to do. */
const MOST_FETCHING = 50;
/** A server is not asked again sooner for what it did not have. */
const REST_MS = 60_000;

/**
 * A notary's answer (https://spec.matrix.org/v1.19/server-server-api/#querying-keys-through-another-server): what servers published of
 * their keys, signed by a hosted server too. What has lived for half of its time is fetched again; where that fails, what is stored goes
 * out all the same, so that old events can still be checked.
 */
export class QueryServerKeys {
  readonly #ports: QueryServerKeysPorts;
  readonly #resting = new LRUCache<string, number>({ max: 10_000 });
  #fetching = 0;

  constructor(ports: QueryServerKeysPorts) {
    this.#ports = ports;
  }

  async execute(notary: string, asked: readonly AskedServer[]): Promise<JsonObject[]> {
    const known = asked.filter(({ serverName }) => isServerName(serverName)).slice(0, MOST_SERVERS);
    const found: JsonObject[] = [];
    for (let begin = 0; begin < known.length; begin += AT_ONCE) {
      const some = known.slice(begin, begin + AT_ONCE).map((one) => this.#find(notary, one));
      for (const document of await Promise.all(some)) if (document !== undefined) found.push(document);
    }
    return found;
  }

  async #find(notary: string, asked: AskedServer): Promise<JsonObject | undefined> {
    const own = this.#ports.own.execute(asked.serverName);
    const document = own ?? (await this.#findRemote(notary, asked));
    const key = this.#ports.signers.findSigningKey(notary);
    return document === undefined || key === undefined ? undefined : signJson(document, notary, key);
  }

  async #findRemote(notary: string, asked: AskedServer): Promise<JsonObject | undefined> {
    if (!this.#ports.policy.allows(notary, asked.serverName)) return undefined;
    const stored = await this.#ports.stored.findDocument(asked.serverName);
    const isLeft = this.#fetching >= MOST_FETCHING || !this.#isWorthFetching(stored, asked);
    const found = isLeft ? stored : await this.#fetch(asked);
    return found && documentOf(found);
  }

  async #fetch(asked: AskedServer): Promise<ServerKeyDocument | undefined> {
    const { fetcher, stored, clock } = this.#ports;
    const { serverName, keyIds, minimumValidUntil } = asked;
    this.#fetching += 1;
    try {
      await fetcher.fetchKeys(serverName, keyIds, { validAt: minimumValidUntil ?? clock.now() });
    } finally {
      this.#fetching -= 1;
    }
    const fetched = await stored.findDocument(serverName);
    if (this.#lacks(fetched, asked)) this.#resting.set(serverName, clock.now() + REST_MS);
    return fetched;
  }

  #isWorthFetching(stored: ServerKeyDocument | undefined, asked: AskedServer): boolean {
    if ((this.#resting.get(asked.serverName) ?? 0) > this.#ports.clock.now()) return false;
    return this.#lacks(stored, asked);
  }

  #lacks(stored: ServerKeyDocument | undefined, { keyIds, minimumValidUntil }: AskedServer): boolean {
    if (stored === undefined) return true;
    const now = this.#ports.clock.now();
    const { fetchedAt, validUntil } = stored;
    if (validUntil < (minimumValidUntil ?? now) || now > (fetchedAt + validUntil) / 2) return true;
    const published = documentOf(stored);
    return keyIds.some((keyId) => !has(published['verify_keys'], keyId) && !has(published['old_verify_keys'], keyId));
  }
}

function has(keys: unknown, keyId: string): boolean {
  return isJsonObject(keys) && Object.hasOwn(keys, keyId);
}

function documentOf({ serverName, json }: ServerKeyDocument): JsonObject {
  const parsed = parseJson(json);
  if (parsed.outcome === 'ok' && isJsonObject(parsed.value)) return parsed.value;
  throw new TypeError(`What is stored of the keys of ${serverName} is not a JSON object`);
}
