/** What an access token opens. */
export interface AccessRecord {
  readonly userId: string;
  readonly deviceId: string;
  readonly isAdmin: boolean;
  readonly isGuest: boolean;
}

export interface NewSession {
  readonly userId: string;
  readonly deviceId: string;
  /** Of a device that is made; one that exists keeps its name. */
  readonly deviceDisplayName: string | undefined;
  /** SHA-256 of the access token. */
  readonly tokenHash: Buffer;
}

export interface AccessTokenReader {
  /** Nothing for an unknown token and for one of a deactivated user. */
  findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined>;
}

/**
 * Devices and their access tokens (https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices). A
 * device has one token at a time. Methods that take tokens away return their hashes, so that caches can forget them.
 */
export interface SessionRepository extends AccessTokenReader {
  /** Makes the device where it is new, and takes its former tokens away. `deactivated` where the user has been deactivated. */
  openSession(
    session: NewSession,
  ): Promise<{ readonly outcome: 'opened' | 'deactivated'; readonly replaced: readonly Buffer[] }>;
  /** The hashes of a device's tokens, or of all devices' of the user. */
  findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]>;
  /** Removes a device and its tokens, or all devices of the user. */
  removeDevices(userId: string, deviceId?: string): Promise<readonly Buffer[]>;
}
