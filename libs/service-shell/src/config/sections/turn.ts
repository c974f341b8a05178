import { duration, flag, group, list, optional, secret, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const turn = group('The TURN servers that clients use for calls.', {
  uris: list(
    'Where they are, for example `turn:turn.example.org?transport=udp`.',
    text('A URI.', { pattern: '^(stuns?|turns?):', form: 'a turn, turns, stun or stuns URI' }),
    {
      default: [],
    },
  ),
  shared_secret: secret('Shared with the TURN servers: each user gets credentials that expire.'),
  username: optional(text('The user name where there is no shared secret.')),
  password: secret('The password where there is no shared secret.'),
  user_lifetime: duration('How long a user’s credentials are good.', { default: '1h' }),
  allow_guests: flag('Whether guests may use the TURN servers.', { default: true }),
});

export type TurnSettings = Configured<typeof turn>;
