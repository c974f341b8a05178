import { checkServerKeys, queryServerKeysResponse } from '@plexus/matrix-api';
import { encodeCanonicalJson, isJsonObject, parseJson, verifyJson } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import { isValidAt, pathOf } from '@plexus/remote-servers';
import type { KeyFetcher, KeyQuery, OutboundAnswer, VerifyKey } from '@plexus/remote-servers';
import type { ServerKeyRepository } from '@plexus/storage';
import type { ReachServer } from '../requests/reach-server.ts';

/** A notary that is asked for the keys of servers that do not answer. */
export interface TrustedKeyServer {
  readonly serverName: string;
  /** Its public keys by their ids; empty: it is asked for them itself. */
  readonly verifyKeys: ReadonlyMap<string, string>;
}

export type KeySource = 'direct' | 'notary';

export interface FetchServerKeysOptions {
  readonly reach: Pick<ReachServer, 'send'>;
  readonly store: Pick<ServerKeyRepository, 'storeKeys'>;
  readonly notaries: readonly TrustedKeyServer[];
  /** Whether any hosted server federates with that one. */
  readonly allows: (serverName: string) => boolean;
  readonly clock: Clock;
  /** What came of asking; `because` says why nothing did. */
  readonly asked: (source: KeySource, serverName: string, because: string | undefined) => void;
}

interface Asking {
  readonly answer: Promise<readonly VerifyKey[]>;
  /** When the server may be asked again. */
  readonly rested: Promise<void>;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;
/** A server is not asked for its keys more often. */
const REST_MS = 1_000;

/**
 * Keys of another server: from itself, then, for what is still missing, from the notaries in their order
 * (https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys). What a notary hands on has to be signed by the notary and by
 * the server. Everything that holds is stored before it is returned.
 */
export class FetchServerKeys implements KeyFetcher {
  readonly #options: FetchServerKeysOptions;
  readonly #asking = new Map<string, Asking>();

  constructor(options: FetchServerKeysOptions) {
    this.#options = options;
  }

  async fetchKeys(serverName: string, keyIds: readonly string[], query: KeyQuery): Promise<readonly VerifyKey[]> {
    if (!this.#options.allows(serverName)) return [];
    const found = new Map<string, VerifyKey>();
    const take = (keys: readonly VerifyKey[]): void => {
      for (const key of keys) found.set(key.keyId, better(key, found.get(key.keyId)));
    };
    take(await this.#askOnce(serverName, (keys) => hasAll(keys, keyIds, query)));
    for (const notary of this.#options.notaries) {
      const open = keyIds.filter((keyId) => !isSettled(found.get(keyId), query));
      if (open.length === 0) break;
      if (notary.serverName === serverName) continue;
      const handedOn = await this.#askNotary(notary, serverName, open, query);
      // Of the others the server itself has said how they are.
      take(handedOn.filter(({ keyId }) => open.includes(keyId)));
    }
    return [...found.values()];
  }

  /**
   * Who asks for a server's keys while they are being fetched, or just were, gets what comes or came. Where that is not what is wanted, the
   * server may have changed its keys since: it is asked again after its rest, once for all who wait.
   */
  async #askOnce(serverName: string, isEnough: (keys: readonly VerifyKey[]) => boolean): Promise<readonly VerifyKey[]> {
    const before = this.#asking.get(serverName);
    if (before === undefined) return this.#ask(serverName).answer;
    const keys = await before.answer;
    if (isEnough(keys)) return keys;
    await before.rested;
    return (this.#asking.get(serverName) ?? this.#ask(serverName)).answer;
  }

  #ask(serverName: string): Asking {
    const answer = this.#askServer(serverName);
    const rested = this.#rest(serverName, answer);
    const asking = { answer, rested };
    this.#asking.set(serverName, asking);
    return asking;
  }

  async #rest(serverName: string, answer: Promise<unknown>): Promise<void> {
    await Promise.allSettled([answer]);
    await this.#options.clock.delay(REST_MS);
    this.#asking.delete(serverName);
  }

  async #askServer(serverName: string): Promise<readonly VerifyKey[]> {
    const answer = await this.#options.reach.send({
      destination: serverName,
      method: 'GET',
      target: '/_matrix/key/v2/server',
      headers: {},
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    const document = readObject(answer);
    const checked =
      typeof document === 'string' ? document : await this.#take(document, { serverName, from: serverName });
    this.#options.asked('direct', serverName, typeof checked === 'string' ? checked : undefined);
    return typeof checked === 'string' ? [] : checked;
  }

  async #askNotary(
    notary: TrustedKeyServer,
    serverName: string,
    keyIds: readonly string[],
    { validAt }: KeyQuery,
  ): Promise<readonly VerifyKey[]> {
    const criteria = validAt === undefined ? {} : { minimum_valid_until_ts: validAt };
    const body = { server_keys: { [serverName]: Object.fromEntries(keyIds.map((keyId) => [keyId, criteria])) } };
    const answer = await this.#options.reach.send({
      destination: notary.serverName,
      method: 'POST',
      target: pathOf`/_matrix/key/v2/query`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    const object = readObject(answer);
    const result = typeof object === 'string' ? object : await this.#takeAll(object, notary, serverName);
    this.#options.asked('notary', serverName, typeof result === 'string' ? result : undefined);
    return typeof result === 'string' ? [] : result;
  }

  async #takeAll(
    object: JsonObject,
    notary: TrustedKeyServer,
    serverName: string,
  ): Promise<readonly VerifyKey[] | string> {
    const shaped = queryServerKeysResponse.check(object);
    if (shaped.outcome === 'reject') return shaped.because;
    const notaryKeys = await this.#keysOf(notary);
    const taken: VerifyKey[] = [];
    let because = 'it has none of its keys';
    for (const document of shaped.value.server_keys.slice(0, MOST_DOCUMENTS)) {
      const verified = verifyJson(document, notary.serverName, (_, keyId) => notaryKeys.get(keyId));
      const from = notary.serverName;
      const keys =
        verified.outcome === 'ok' ? await this.#take(document, { serverName, from }) : 'the notary has not signed it';
      if (typeof keys === 'string') because = keys;
      else taken.push(...keys);
    }
    return taken.length > 0 ? taken : because;
  }

  async #keysOf({ serverName, verifyKeys }: TrustedKeyServer): Promise<ReadonlyMap<string, string>> {
    if (verifyKeys.size > 0) return verifyKeys;
    const own = await this.#askOnce(serverName, (keys) => keys.length > 0);
    return new Map(own.filter(({ expiredAt }) => expiredAt === undefined).map((key) => [key.keyId, key.publicKey]));
  }

  /** Stores what a server says of its keys; a text says why it does not hold. */
  async #take(document: JsonObject, { serverName, from }: Origin): Promise<readonly VerifyKey[] | string> {
    const fetchedAt = this.#options.clock.now();
    const checked = checkServerKeys(document, serverName, fetchedAt);
    if (checked.outcome === 'reject') return checked.because;
    const { validUntil } = checked;
    const keys = checked.keys.map((key) => ({ ...key, serverName, validUntil, learnedFrom: from }));
    const json = encodeCanonicalJson(signedPartOf(document));
    await this.#options.store.storeKeys({ serverName, json, validUntil, fetchedAt }, keys);
    return keys;
  }
}

/** Whose keys a document has, and who gave it to us. */
interface Origin {
  readonly serverName: string;
  readonly from: string;
}

const MOST_DOCUMENTS = 10;

function readObject(answer: OutboundAnswer): JsonObject | string {
  if (answer.outcome !== 'answered') return `${answer.reason}: ${answer.because}`;
  if (answer.status !== 200) return `status ${answer.status}`;
  const parsed = parseJson(answer.bytes);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : 'the answer is not a JSON object';
}

/** What nobody signs is not kept. */
function signedPartOf({ unsigned: _unsigned, ...signed }: JsonObject): JsonObject {
  return signed;
}

function isSettled(key: VerifyKey | undefined, { validAt }: KeyQuery): boolean {
  return key !== undefined && (key.expiredAt !== undefined || isValidAt(key, validAt));
}

function hasAll(keys: readonly VerifyKey[], keyIds: readonly string[], query: KeyQuery): boolean {
  return keyIds.every((keyId) =>
    isSettled(
      keys.find((key) => key.keyId === keyId),
      query,
    ),
  );
}

/** Of two words about one key that which holds longer. */
function better(one: VerifyKey, other: VerifyKey | undefined): VerifyKey {
  return other === undefined || one.validUntil >= other.validUntil ? one : other;
}
