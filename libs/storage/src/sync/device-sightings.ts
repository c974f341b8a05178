/** When and from where a device was last seen. */
export interface DeviceSighting {
  readonly userId: string;
  readonly deviceId: string;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** Where sightings are kept: each app has a place of its own, and who reads takes the newest. */
export interface DeviceSightingRepository {
  /** A sighting that is older than what is stored changes nothing; nor does one of a device that is gone. */
  storeSightings(sightings: readonly DeviceSighting[]): Promise<void>;
}

/** Which access tokens that came by a refresh `/sync` has seen in use: the next refresh takes the device's former tokens away. */
export interface TokenUseRepository {
  storeTokenUse(tokenHash: Buffer): Promise<void>;
  /** Forgets what is about tokens, devices and users that are gone. */
  removeStale(): Promise<void>;
}
