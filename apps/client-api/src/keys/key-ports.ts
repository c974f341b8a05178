import type { NamedCache } from '@plexus/cache';
import type { CrossSigningRepository, DeviceKeyCounts, DeviceKeyRepository } from '@plexus/storage';

/** What the use cases of end-to-end encryption need from outside. */
export interface KeyPorts {
  readonly deviceKeys: DeviceKeyRepository;
  readonly crossSigning: CrossSigningRepository;
  /** By `deviceKeyCountsKey`. */
  readonly keyCounts: NamedCache<DeviceKeyCounts>;
}
