import { duration, flag, group, optional } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const sessions = group('How long users stay logged in.', {
  refreshable_access_token_lifetime: duration('How long an access token is good that the client can refresh.', {
    default: '5m',
  }),
  nonrefreshable_access_token_lifetime: optional(
    duration('How long any other access token is good. Without it they do not expire.'),
  ),
  refresh_token_lifetime: optional(
    duration('How long a refresh token is good that nobody uses. Without it they do not expire.'),
  ),
});

export const loginViaExistingSession = group(
  'Logging a further client in with a token that one gives who is logged in.',
  {
    enabled: flag('Whether such tokens are given.', { default: true }),
    token_timeout: duration('How long such a token is good.', { default: '2m' }),
  },
);

export const userInteractiveAuth = group('Proving again who one is, for what matters.', {
  session_lifetime: duration('How long a client may take for all stages.', { default: '1h' }),
});

export type SessionsSettings = Configured<typeof sessions>;
export type LoginViaExistingSessionSettings = Configured<typeof loginViaExistingSession>;
export type UserInteractiveAuthSettings = Configured<typeof userInteractiveAuth>;
