import type { AuthData } from '@plexus/matrix-api';
import type { ErrorCode, JsonValue } from '@plexus/matrix-base';

/** Where a stage is attempted. */
export interface StageContext {
  readonly serverName: string;
  /** Who asks; nothing where the request needs no access token. */
  readonly userId: string | undefined;
  readonly clientAddress: string;
}

/** `done`: what the stage found out is kept in the session. `refused`: the client may try again. */
export type StageOutcome =
  | { readonly outcome: 'done'; readonly result: JsonValue; readonly registrationToken?: string }
  | { readonly outcome: 'refused'; readonly errcode: ErrorCode; readonly error: string };

/** A way to authenticate (https://spec.matrix.org/v1.19/client-server-api/#authentication-types). */
export interface AuthStage {
  readonly type: string;
  /** Throws `MatrixError` for what no further attempt can mend, 429 for too many of them. */
  check(auth: AuthData, context: StageContext): Promise<StageOutcome>;
}

export const DUMMY = 'm.login.dummy';
export const PASSWORD = 'm.login.password';
export const REGISTRATION_TOKEN = 'm.login.registration_token';
export const EMAIL = 'm.login.email.identity';
export const TERMS = 'm.login.terms';

/** It always succeeds (https://spec.matrix.org/v1.19/client-server-api/#dummy-auth). */
export const dummyStage: AuthStage = {
  type: DUMMY,
  check: async () => ({ outcome: 'done', result: true }),
};

export function refuse(errcode: ErrorCode, error: string): StageOutcome {
  return { outcome: 'refused', errcode, error };
}
