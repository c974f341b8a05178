import type { CacheCodec, NamedCache } from '@plexus/cache';
import { findServerName } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { HostedServers, ProfileFields, ProfileRepository, UserProfile } from '@plexus/storage';

export interface StoredProfilesPorts {
  readonly profiles: Pick<ProfileRepository, 'listProfiles'>;
  /** `profiles`, by user id. */
  readonly cache: NamedCache<ProfileFields>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/**
 * What users of hosted servers say of themselves, through the cache `profiles`, for whoever asks often: it may be a second old. Who changes a profile
 * or closes an account does so in the cache's `change`; who makes an account need not, since that somebody is not there is not remembered.
 */
export class StoredProfiles {
  readonly #ports: StoredProfilesPorts;

  constructor(ports: StoredProfilesPorts) {
    this.#ports = ports;
  }

  /** Nothing for a user who does not exist or is deactivated. */
  async findProfile(userId: string): Promise<ProfileFields | undefined> {
    return (await this.#find([userId])).get(userId);
  }

  /** What rooms show, by user id; of users that exist only. */
  async findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    const found = await this.#find([...new Set(userIds)]);
    return new Map([...found].map(([userId, profile]) => [userId, shownOf(profile)]));
  }

  /** Nobody of another server has an account here. */
  async #find(userIds: readonly string[]): Promise<Map<string, ProfileFields>> {
    const { profiles, cache, servers } = this.#ports;
    const hosted = userIds.filter((userId) => servers.isHosted(findServerName(userId) ?? ''));
    if (hosted.length === 0) return new Map();
    return cache.getMany(hosted, (missing) => profiles.listProfiles(missing));
  }
}

function shownOf(profile: ProfileFields): UserProfile {
  return { displayName: textIn(profile, 'displayname'), avatarUrl: textIn(profile, 'avatar_url') };
}

function textIn(profile: ProfileFields, keyName: string): string | undefined {
  const value = profile.get(keyName);
  return typeof value === 'string' ? value : undefined;
}

export const profileCodec: CacheCodec<ProfileFields> = {
  encode: (profile) => Buffer.from(JSON.stringify([...profile])),
  decode: (bytes) => new Map(JSON.parse(Buffer.from(bytes).toString()) as [string, JsonValue][]),
};
