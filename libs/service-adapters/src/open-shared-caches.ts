import type { CacheCodec, Caches, NamedCache } from '@plexus/cache';
import type { StateNode } from '@plexus/room-dag';
import { roomPlaceCodec, stateNodeCodec } from '@plexus/room-view';
import type { RoomPlace } from '@plexus/room-view';
import { storedServerKeyCodec } from '@plexus/server-keys';
import { accessRecordCodec, deviceKeyCountsCodec } from '@plexus/service-shell';
import type { AccessRecord, DeviceKeyCounts, ProfileFields, RoomAlias, StoredServerKey } from '@plexus/storage';
import { accountSettingsCodec, aliasCodec, profileCodec } from '@plexus/user-streams';
import type { AccountSettings } from '@plexus/user-streams';
import { userKeysCodec } from '@plexus/user-keys';
import type { FoundKeys } from '@plexus/user-keys';

/** Caches that several modules of a process share. */
export interface SharedCaches {
  /** By the hash of the token. */
  readonly accessTokens: NamedCache<AccessRecord>;
  readonly stateNodes: NamedCache<StateNode>;
  /** By room id. */
  readonly roomPlaces: NamedCache<RoomPlace>;
  /** By user id. */
  readonly accountSettings: NamedCache<AccountSettings>;
  /** What users say of themselves, by user id. */
  readonly profiles: NamedCache<ProfileFields>;
  /** Where aliases lead, by themselves. */
  readonly aliases: NamedCache<RoomAlias>;
  /** What is stored of users' push rules, by user id. */
  readonly pushRules: NamedCache<string>;
  /** By `deviceKeyCountsKey`. */
  readonly deviceKeyCounts: NamedCache<DeviceKeyCounts>;
  /** Of hosted users, see `StoredUserKeys`. */
  readonly deviceKeys: NamedCache<FoundKeys>;
  /** By `serverKeyCacheKey`. */
  readonly serverKeys: NamedCache<StoredServerKey>;
}

export function openSharedCaches(caches: Caches): SharedCaches {
  return {
    accessTokens: caches.open({ name: 'access_tokens', kind: 'mutable', codec: accessRecordCodec }),
    stateNodes: caches.open({ name: 'state_nodes', kind: 'immutable', codec: stateNodeCodec }),
    roomPlaces: caches.open({ name: 'rooms', kind: 'mutable', codec: roomPlaceCodec }),
    accountSettings: caches.open({ name: 'account_settings', kind: 'mutable', codec: accountSettingsCodec }),
    profiles: caches.open({ name: 'profiles', kind: 'mutable', codec: profileCodec }),
    aliases: caches.open({ name: 'aliases', kind: 'mutable', codec: aliasCodec }),
    pushRules: caches.open({ name: 'push_rules', kind: 'mutable', codec: textCodec }),
    deviceKeyCounts: caches.open({ name: 'device_key_counts', kind: 'mutable', codec: deviceKeyCountsCodec }),
    deviceKeys: caches.open({ name: 'device_keys', kind: 'immutable', codec: userKeysCodec }),
    serverKeys: caches.open({ name: 'server_keys', kind: 'mutable', codec: storedServerKeyCodec }),
  };
}

/** Who owns a shard of rooms, as far as this process has heard. */
export function openShardOwners(caches: Caches): NamedCache<string> {
  return caches.open({ name: 'shard_owners', kind: 'followed', levels: 'process', codec: textCodec });
}

const textCodec: CacheCodec<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => Buffer.from(bytes).toString(),
};
