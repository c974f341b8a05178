import type { NewConsent } from '../consent/consents.ts';
import type { Threepid } from './threepids.ts';

export interface UserRecord {
  readonly userId: string;
  /** argon2id, PHC string; nothing: no password opens this account. */
  readonly passwordHash: string | undefined;
  /** Administrator of their hosted server. */
  readonly isAdmin: boolean;
  /** Administrator of the whole deployment. */
  readonly isDeploymentAdmin: boolean;
  readonly isGuest: boolean;
  readonly isDeactivated: boolean;
  /** https://spec.matrix.org/v1.19/client-server-api/#account-locking */
  readonly isLocked?: boolean;
  /** https://spec.matrix.org/v1.19/client-server-api/#account-suspension */
  readonly isSuspended?: boolean;
  /** Nobody hears the user, who is not to know. */
  readonly isShadowBanned?: boolean;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
  /** The id of the application service that registered the user. */
  readonly registeredBy?: string;
  /** As the client asked for it when the user was registered; lower case. */
  readonly language?: string;
}

export interface NewUser {
  readonly userId: string;
  readonly passwordHash: string | undefined;
  readonly isAdmin?: boolean;
  readonly isDeploymentAdmin?: boolean;
  readonly isGuest?: boolean;
  readonly displayName?: string | undefined;
  /** The id of the application service that registers the user. */
  readonly registeredBy?: string | undefined;
  readonly language?: string | undefined;
  /** `support`, `bot` or whatever an administrator calls the kind of account. */
  readonly userType?: string | undefined;
}

export interface Registration extends NewUser {
  /** The session of user-interactive authentication that the user went through, if it is stored. */
  readonly sessionHash?: Buffer | undefined;
  /** The account is there, as a guest's, and becomes an ordinary one. */
  readonly isUpgrade?: boolean;
  readonly threepid?: Threepid | undefined;
  /** What the user agreed to on the way. */
  readonly consents?: readonly NewConsent[];
}

/**
 * `user-in-use`: there is a user of this id (no guest where one is to be upgraded). `session-used`: the session has registered a user or has expired
 * meanwhile. `threepid-in-use`: the third-party id is somebody's.
 */
export type RegistrationOutcome = 'registered' | 'user-in-use' | 'session-used' | 'threepid-in-use';

export interface PasswordChange {
  readonly userId: string;
  readonly passwordHash: string;
  /** Whether all devices go with their tokens, but for this one. */
  readonly logout?: { readonly exceptDeviceId: string | undefined };
}

/** Reversible measures of an administrator. */
export interface Moderation {
  readonly isLocked?: boolean;
  readonly isSuspended?: boolean;
  readonly isShadowBanned?: boolean;
}

/** What a room shows of a user (https://spec.matrix.org/v1.19/client-server-api/#profiles). */
export type UserProfile = Pick<UserRecord, 'displayName' | 'avatarUrl'>;

/** Tells which users are to be forgotten. */
export interface ErasedUserReader {
  /** Those of the users who asked to be erased, or were by an administrator. */
  findErasedUsers(userIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Accounts of the hosted servers' users. A user id is given once and never again, not even after deactivation. */
export interface UserRepository extends ErasedUserReader {
  findUser(userId: string): Promise<UserRecord | undefined>;
  /** By user id; of users that exist only. */
  findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>>;
  /** False where the user id is taken; then nothing changes. */
  addUser(user: NewUser): Promise<boolean>;
  /** Adds a user, or makes one of a guest, and counts the use of the session's registration token; unless `registered` nothing changes. */
  registerUser(registration: Registration): Promise<RegistrationOutcome>;
  setPasswordHash(userId: string, passwordHash: string): Promise<void>;
  /** Returns the hashes of the access tokens that went. */
  changePassword(change: PasswordChange): Promise<readonly Buffer[]>;
  /** Nothing where there is no such user or they have been deactivated. */
  moderateUser(userId: string, change: Moderation): Promise<UserRecord | undefined>;
  /** Takes the password and all devices with their tokens away. Returns the hashes of the tokens. */
  deactivateUser(userId: string): Promise<readonly Buffer[]>;
  /** A page of a server's users in the order of their ids, deactivated ones included; `after` is exclusive. */
  listUsers(serverName: string, page: { readonly after?: string; readonly limit: number }): Promise<string[]>;
  countUsers(serverName: string): Promise<number>;
  /** Accounts of a server that are not deactivated, without those of application services and those that only send notices or test; counted up to `most`. */
  countOpenUsers(serverName: string, most: number): Promise<number>;
}
