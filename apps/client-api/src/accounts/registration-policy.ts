import type { HostedServer } from '@plexus/storage';
import { DUMMY, EMAIL, REGISTRATION_TOKEN, TERMS } from '../authentication/auth-stage.ts';
import type { AuthFlow } from '../authentication/interactive-auth.ts';

export type AccountKind = 'user' | 'guest';

/** Who may register on a server, and how. */
export interface RegistrationPolicy {
  isOpen(server: HostedServer, kind: AccountKind): boolean;
  /** Whether a registration token is needed. */
  requiresToken(server: HostedServer): boolean;
  /** Whether an email address can be given, or has to be. */
  emailUse(server: HostedServer): 'none' | 'optional' | 'required';
}

/** The flows of a server's registration: its terms, what it requires, then the email address, or `m.login.dummy` where none is given. */
export function registrationFlows(
  policy: RegistrationPolicy,
  server: HostedServer,
  { asksTerms }: { readonly asksTerms: boolean },
): AuthFlow[] {
  const required = [...(asksTerms ? [TERMS] : []), ...(policy.requiresToken(server) ? [REGISTRATION_TOKEN] : [])];
  const email = policy.emailUse(server);
  const flows: AuthFlow[] = [];
  if (email !== 'required') flows.push({ stages: [...required, DUMMY] });
  if (email !== 'none') flows.push({ stages: [...required, EMAIL] });
  return flows;
}
