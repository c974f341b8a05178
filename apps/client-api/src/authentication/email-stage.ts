import type { AuthData, ThreepidCredentials } from '@plexus/matrix-api';
import type { EmailValidationRepository, Threepid } from '@plexus/storage';
import { hashToken } from '../accounts/hash-token.ts';
import { EMAIL, refuse } from './auth-stage.ts';
import type { AuthStage, StageContext, StageOutcome } from './auth-stage.ts';

/** A validated email address (https://spec.matrix.org/v1.19/client-server-api/#email-based-identity--homeserver). */
export class EmailStage implements AuthStage {
  readonly type = EMAIL;
  readonly #validations: EmailValidationRepository;

  constructor(validations: EmailValidationRepository) {
    this.#validations = validations;
  }

  /** Whose address it is is for the request to decide. */
  async check({ threepid_creds: credentials }: AuthData, { serverName }: StageContext): Promise<StageOutcome> {
    if (credentials === undefined) return refuse('M_MISSING_PARAM', '"auth.threepid_creds" is required');
    const threepid = await findValidatedEmail(this.#validations, serverName, credentials);
    if (threepid === undefined) return refuse('M_UNAUTHORIZED', 'This email address has not been confirmed yet');
    return { outcome: 'done', result: { ...threepid } };
  }
}

export async function findValidatedEmail(
  validations: EmailValidationRepository,
  serverName: string,
  { sid, client_secret: secret }: Pick<ThreepidCredentials, 'sid' | 'client_secret'>,
): Promise<Threepid | undefined> {
  return sid.includes('\0') ? undefined : validations.findValidated(serverName, sid, hashToken(secret));
}

/** The address that a session's stage found out, if it has that stage. */
export function emailIn(completed: Readonly<Record<string, unknown>>): Threepid | undefined {
  return completed[EMAIL] as Threepid | undefined;
}
