import type { AuthData } from '@plexus/matrix-api';
import type { NewConsent } from '@plexus/storage';
import type { RegistrationTerms } from '../consent/registration-terms.ts';
import { refuse, TERMS } from './auth-stage.ts';
import type { AuthStage, StageContext, StageOutcome } from './auth-stage.ts';

/** Says that whoever registers agrees to the server's policies (https://spec.matrix.org/v1.19/client-server-api/#terms-of-service-at-registration). */
export class TermsStage implements AuthStage {
  readonly type = TERMS;
  readonly #terms: Pick<RegistrationTerms, 'versionsOf'>;

  constructor(terms: Pick<RegistrationTerms, 'versionsOf'>) {
    this.#terms = terms;
  }

  /** The session keeps which versions that were. */
  async check(_auth: AuthData, { serverName, userId, clientAddress }: StageContext): Promise<StageOutcome> {
    if (userId !== undefined) return refuse('M_FORBIDDEN', 'Terms are for registration');
    return { outcome: 'done', result: { versions: this.#terms.versionsOf(serverName), address: clientAddress } };
  }
}

/** What was agreed to in a session, if it has that stage. */
export function consentsIn(completed: Readonly<Record<string, unknown>>): NewConsent[] {
  const agreed = completed[TERMS] as { readonly versions: readonly number[]; readonly address: string } | undefined;
  if (agreed === undefined) return [];
  const { versions, address } = agreed;
  return versions.map((versionNid) => ({ versionNid, address, way: 'registration' }));
}
