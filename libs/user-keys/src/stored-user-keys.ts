import type { CacheCodec, NamedCache } from '@plexus/cache';
import type { CrossSigningRepository, DeviceKeyRepository, UserKeyVersionReader } from '@plexus/storage';
import type { FoundKeys } from './show-keys.ts';

export interface StoredUserKeysPorts {
  readonly versions: UserKeyVersionReader;
  readonly deviceKeys: Pick<DeviceKeyRepository, 'findDeviceKeys'>;
  readonly crossSigning: Pick<CrossSigningRepository, 'findCrossSigningKeys' | 'findSignatures'>;
  /** The deployment's, which is known before anything is read in it: a version may come again in another one, after a failover that lost commits. */
  readonly generation: () => number;
  /** `device_keys` */
  readonly cache: NamedCache<FoundKeys>;
}

/** How users' keys are kept in the cache `device_keys`, by generation, user and version. */
export const userKeysCodec: CacheCodec<FoundKeys> = {
  encode: (keys) => Buffer.from(JSON.stringify(keys)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as FoundKeys,
};

/** Of a user with more than that the keys are read each time: caches are bounded in entries. */
const MOST_KEPT = 64 * 1024;

/** Nobody, who sees a user's own signatures alone. */
const NOBODY = '';

/**
 * The keys of hosted users, with the signatures that they made themselves. A look-up asks Postgres for versions, and for the keys themselves only where no
 * cache has them in that version.
 *
 * @NOTE Whoever is told of a new device asks for its keys once: an answer that is a moment old would leave the device out for good. So a version is never
 * taken from a cache. Keys are read after their version: what changes in between is found under the earlier version, by who asked before the change.
 */
export class StoredUserKeys {
  readonly #ports: StoredUserKeysPorts;

  constructor(ports: StoredUserKeysPorts) {
    this.#ports = ports;
  }

  /** Of users who exist. */
  async find(userIds: readonly string[]): Promise<Map<string, FoundKeys>> {
    const versions = await this.#ports.versions.findKeyVersions(userIds);
    const generation = this.#ports.generation();
    const userOf = new Map<string, string>();
    const unheld: string[] = [];
    for (const [userId, version] of versions) {
      if (version === undefined) unheld.push(userId);
      else userOf.set(`${generation} ${userId} ${version}`, userId);
    }
    const found = new Map<string, FoundKeys>();
    const held = await this.#ports.cache.getMany([...userOf.keys()], (missing) => this.#load(missing, userOf, found));
    for (const [key, userId] of userOf) {
      const keys = held.get(key);
      if (keys !== undefined) found.set(userId, keys);
      else if (!found.has(userId)) unheld.push(userId);
    }
    for (const [userId, keys] of await this.#read(unheld)) found.set(userId, keys);
    return found;
  }

  /** What is to be kept; of the others, `beside`. */
  async #load(
    missing: readonly string[],
    userOf: ReadonlyMap<string, string>,
    beside: Map<string, FoundKeys>,
  ): Promise<Map<string, FoundKeys>> {
    const read = await this.#read(missing.flatMap((key) => userOf.get(key) ?? []));
    const kept = new Map<string, FoundKeys>();
    for (const key of missing) {
      const userId = userOf.get(key) ?? '';
      const keys = read.get(userId);
      if (keys === undefined) continue;
      if (lengthOf(keys) <= MOST_KEPT) kept.set(key, keys);
      else beside.set(userId, keys);
    }
    return kept;
  }

  async #read(userIds: readonly string[]): Promise<Map<string, FoundKeys>> {
    if (userIds.length === 0) return new Map();
    const { deviceKeys, crossSigning } = this.#ports;
    const [devices, keys, signatures] = await Promise.all([
      deviceKeys.findDeviceKeys(userIds.map((userId) => ({ userId, deviceIds: [] }))),
      crossSigning.findCrossSigningKeys(userIds),
      crossSigning.findSignatures(userIds, NOBODY),
    ]);
    const devicesOf = Map.groupBy(devices, ({ userId }) => userId);
    const keysOf = Map.groupBy(keys, ({ userId }) => userId);
    const signaturesOf = Map.groupBy(signatures, ({ userId }) => userId);
    return new Map(
      userIds.map((userId) => [
        userId,
        {
          devices: devicesOf.get(userId) ?? [],
          keys: keysOf.get(userId) ?? [],
          signatures: signaturesOf.get(userId) ?? [],
        },
      ]),
    );
  }
}

function lengthOf({ devices, keys, signatures }: FoundKeys): number {
  const texts = [...devices.map((device) => device.keys), ...keys.map(({ key }) => key)];
  return [...texts, ...signatures.map(({ signature }) => signature)].reduce((sum, { length }) => sum + length, 0);
}
