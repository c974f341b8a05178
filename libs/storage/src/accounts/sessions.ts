/** What an access token opens. */
export interface AccessRecord {
  readonly userId: string;
  /** Empty where nobody's device acts: an application service that names none. */
  readonly deviceId: string;
  /** Administrator of their hosted server. */
  readonly isAdmin: boolean;
  /** Administrator of the whole deployment. */
  readonly isDeploymentAdmin: boolean;
  readonly isGuest: boolean;
  /** Milliseconds since the epoch; nothing: the token does not expire. */
  readonly expiresAt?: number;
  /** https://spec.matrix.org/v1.19/client-server-api/#account-locking */
  readonly isLocked?: boolean;
  /** https://spec.matrix.org/v1.19/client-server-api/#account-suspension */
  readonly isSuspended?: boolean;
  /** Nobody hears the user, who is not to know. */
  readonly isShadowBanned?: boolean;
  /** The token came by a refresh and has not been used yet. */
  readonly isUnconfirmed?: boolean;
  /** A bot, somebody of the support, or of an application service: may write without having agreed to policies. */
  readonly isExemptFromConsent?: boolean;
  /** The id of the application service that registered the user. */
  readonly registeredBy?: string;
  /** Of who acts as the user without a token: devices that the user has, but maybe not all; nothing where there are none. */
  readonly devices?: readonly string[];
}

export interface NewRefreshToken {
  /** SHA-256 of the refresh token. */
  readonly tokenHash: Buffer;
  /** Nothing: it does not expire. */
  readonly lifetimeMs: number | undefined;
}

export interface NewTokens {
  /** SHA-256 of the access token. */
  readonly tokenHash: Buffer;
  /** Nothing: it does not expire. */
  readonly lifetimeMs?: number | undefined;
  /** For clients that can refresh. */
  readonly refreshToken?: NewRefreshToken | undefined;
}

export interface NewSession extends NewTokens {
  readonly userId: string;
  readonly deviceId: string;
  /** Of a device that is made; one that exists keeps its name. */
  readonly deviceDisplayName: string | undefined;
}

export type OpenOutcome = 'opened' | 'deactivated' | 'device-id-is-key';

/** A device that nobody is logged in on. */
export interface NewDevice {
  readonly userId: string;
  readonly deviceId: string;
  readonly displayName: string | undefined;
}

/** `there`: the user has a device of this id, which stays as it is. */
export type AddDeviceOutcome = 'added' | 'there' | Exclude<OpenOutcome, 'opened'>;

export interface AccessTokenReader {
  /** Nothing for an unknown token and for one of a deactivated user. One that has expired is found, and says so. */
  findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined>;
  /** What a user may do without a token and a device of theirs: for who acts as them. Nothing for one who is not there or was deactivated. */
  findUserAccess(userId: string): Promise<AccessRecord | undefined>;
  hasDevice(userId: string, deviceId: string): Promise<boolean>;
}

/** `unknown` also for a token that was revoked, `expired` for one whose device is still there. */
export type RefreshOutcome = {
  /** Access tokens that are gone because newer ones turned out to be in use. */
  readonly replaced: readonly Buffer[];
} & (
  | { readonly outcome: 'refreshed'; readonly userId: string; readonly deviceId: string }
  | { readonly outcome: 'unknown' | 'expired' }
);

/**
 * Devices and their tokens (https://spec.matrix.org/v1.19/client-server-api/#relationship-between-access-tokens-and-devices). A device has
 * one pair of an access and a refresh token that is in use, and any number of pairs that came by a refresh and that nobody has used yet: the
 * first use of one of these takes all others away. Methods that take access tokens away return their hashes, so that caches can forget them.
 */
export interface SessionRepository extends AccessTokenReader {
  /** Makes the device where it is new, and takes its former tokens away. `deactivated` where the user has been deactivated,
   * `device-id-is-key` where a key of cross-signing of the user has this id: both have the same names in signatures. */
  openSession(session: NewSession): Promise<{ readonly outcome: OpenOutcome; readonly replaced: readonly Buffer[] }>;
  /** Makes a device without tokens; it is refused for what `openSession` is. */
  addDevice(device: NewDevice): Promise<AddDeviceOutcome>;
  /** Adds a pair of tokens that nobody has used yet to the device of a refresh token. */
  refreshSession(refreshTokenHash: Buffer, tokens: NewTokens): Promise<RefreshOutcome>;
  /** The first use of an access token that came by a refresh. */
  confirmAccess(tokenHash: Buffer): Promise<readonly Buffer[]>;
  /** The hashes of a device's access tokens, or of all devices' of the user. */
  findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]>;
  /** Removes devices and their tokens; all devices of the user where none are named. */
  removeDevices(userId: string, deviceIds?: readonly string[]): Promise<readonly Buffer[]>;
}
