/** A third-party id (https://spec.matrix.org/v1.19/appendices/#3pid-types). */
export interface Threepid {
  readonly medium: 'email';
  /** In canonical form. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly validatedAt: number;
}

export interface StoredThreepid extends Threepid {
  readonly addedAt: number;
}

/** The administrative contacts of users. On one hosted server a third-party id is one user's. */
export interface ThreepidRepository {
  listThreepids(userId: string): Promise<StoredThreepid[]>;
  findThreepidUser(serverName: string, threepid: Pick<Threepid, 'medium' | 'address'>): Promise<string | undefined>;
  /** False where it is somebody else's. */
  addThreepid(userId: string, threepid: Threepid): Promise<boolean>;
  /** False where the user has none such. */
  removeThreepid(userId: string, threepid: Pick<Threepid, 'medium' | 'address'>): Promise<boolean>;
}

export type ValidationPurpose = 'register' | 'password' | 'threepid';

export interface NewEmailValidation {
  readonly sid: string;
  readonly serverName: string;
  readonly purpose: ValidationPurpose;
  readonly address: string;
  readonly clientSecretHash: Buffer;
  readonly tokenHash: Buffer;
  readonly nextLink: string | undefined;
  readonly sendAttempt: number;
}

/** Proofs that somebody reads the mail of an address. One that has expired is as if it were not there. */
export interface EmailValidationRepository {
  /**
   * Starts a validation, or goes on with the one that the client has for this address. `wantsMail` unless a mail has been sent for this attempt or a
   * later one: then the token is the new one's.
   */
  startValidation(
    validation: NewEmailValidation,
    lifetimeMs: number,
  ): Promise<{ readonly sid: string; readonly wantsMail: boolean }>;
  /** After the relay has taken the mail. A crash before it sends the mail again when the client asks again. */
  recordSent(sid: string, sendAttempt: number): Promise<void>;
  /** What came of the token in a mail; nothing where it is not the newest one's. */
  validateEmail(sid: string, tokenHash: Buffer): Promise<{ readonly nextLink: string | undefined } | undefined>;
  /** The address, if it has been validated. */
  findValidated(serverName: string, sid: string, clientSecretHash: Buffer): Promise<Threepid | undefined>;
}
