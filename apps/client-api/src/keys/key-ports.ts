import type { NamedCache } from '@plexus/cache';
import type {
  CrossSigningRepository,
  DehydratedDeviceRepository,
  DeviceKeyCounts,
  DeviceKeyRepository,
  KeyBackupRepository,
  RemoteDeviceListRepository,
  ToDeviceInbox,
  UserStreamReader,
} from '@plexus/storage';
import type { StoredUserKeys } from '@plexus/user-keys';
import type { DeviceListAnnouncer } from './device-list-announcer.ts';

/** What the use cases of end-to-end encryption need from outside. */
export interface KeyPorts {
  readonly deviceKeys: DeviceKeyRepository;
  readonly crossSigning: CrossSigningRepository;
  /** What the two have of hosted users, through a cache. */
  readonly stored: StoredUserKeys;
  readonly deviceLists: DeviceListAnnouncer;
  readonly remoteLists: RemoteDeviceListRepository;
  readonly dehydrated: DehydratedDeviceRepository;
  /** What waits for the dehydrated device. */
  readonly inbox: Pick<ToDeviceInbox, 'readMessages'>;
  readonly streams: Pick<UserStreamReader, 'findPositions'>;
  readonly backups: KeyBackupRepository;
  /** By `deviceKeyCountsKey`. */
  readonly keyCounts: NamedCache<DeviceKeyCounts>;
}
