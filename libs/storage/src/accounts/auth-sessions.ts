import type { JsonValue } from '@plexus/matrix-base';

/** What the stages of a session found out, by their type. */
export type CompletedStages = Readonly<Record<string, JsonValue>>;

/** A session of user-interactive authentication (https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api). */
export interface AuthSession {
  /** SHA-256 of the session's id. */
  readonly sessionHash: Buffer;
  readonly serverName: string;
  /** Who asks; nothing for who has no account yet or cannot log in. */
  readonly userId: string | undefined;
  /** What the session is for, bound to its id. */
  readonly operationHash: Buffer;
  readonly completed: CompletedStages;
  /** Whom the session has registered: a repeated request finds them. */
  readonly registeredUserId: string | undefined;
}

export type NewAuthSession = Pick<AuthSession, 'sessionHash' | 'serverName' | 'userId' | 'operationHash'>;

export interface StageCompletion {
  readonly stage: string;
  readonly result: JsonValue;
  /** A registration token of which the session takes one use. */
  readonly registrationToken?: string;
}

/** `refused`: the registration token is unknown, has expired, or all its uses are taken. */
export type StageOutcome =
  | { readonly outcome: 'completed'; readonly session: AuthSession }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'no-session' };

/** Sessions of user-interactive authentication, which all replicas share. One that has expired is as if it were not there. */
export interface AuthSessionRepository {
  addAuthSession(session: NewAuthSession, lifetimeMs: number): Promise<void>;
  findAuthSession(sessionHash: Buffer): Promise<AuthSession | undefined>;
  completeStage(sessionHash: Buffer, completion: StageCompletion): Promise<StageOutcome>;
  /** Ends a session; false where it has ended before: of several requests at once, one goes on. */
  takeAuthSession(sessionHash: Buffer): Promise<boolean>;
}
