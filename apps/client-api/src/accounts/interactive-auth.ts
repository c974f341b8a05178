import type { AuthData, AuthResponse } from '@plexus/matrix-api';
import type { RandomSource } from '@plexus/matrix-base';
import { newRandomId } from './random-ids.ts';

/** Whether the stages are complete; else the body of the 401 that asks for one. */
export type InteractiveAuthOutcome =
  { readonly outcome: 'complete' } | { readonly outcome: 'ask'; readonly response: AuthResponse };

const DUMMY = 'm.login.dummy';

/**
 * Decides whether a request has gone through user-interactive authentication
 * (https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api). The only flow has the one stage `m.login.dummy`, so that a
 * request completes it at once and nothing has to be remembered of a session.
 */
export function checkInteractiveAuth(auth: AuthData | undefined, random: RandomSource): InteractiveAuthOutcome {
  if (auth?.type === DUMMY) return { outcome: 'complete' };
  const session = auth?.session ?? newRandomId(random);
  const asked = { session, flows: [{ stages: [DUMMY] }], params: {}, completed: [] };
  if (auth?.type === undefined) return { outcome: 'ask', response: asked };
  const error = { errcode: 'M_UNRECOGNIZED', error: 'This authentication type is not offered' };
  return { outcome: 'ask', response: { ...asked, ...error } };
}
