import { flag, group, integer, secret } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const registration = group('Registration of new users, for servers that do not say otherwise.', {
  enabled: flag('Whether anyone may register an account.', { default: false }),
  guests: flag('Whether anyone may register a guest account.', { default: false }),
  requires_token: flag('Whether a registration token is needed; administrators make them.', { default: false }),
  requires_email: flag('Whether a confirmed email address is needed.', { default: false }),
  shared_secret: secret(
    'Who knows it may register accounts, administrators too, through `/_synapse/admin/v1/register`. Without it nobody may.',
  ),
});

export const passwordHashing = group('The cost of hashing a password with Argon2id.', {
  memory_kib: integer('Memory in KiB.', { default: 19_456, minimum: 8, maximum: 4_194_304 }),
  iterations: integer('Passes over the memory.', { default: 2, minimum: 1, maximum: 1000 }),
  parallelism: integer('Lanes.', { default: 1, minimum: 1, maximum: 64 }),
});

export type RegistrationSettings = Configured<typeof registration>;
export type PasswordHashingSettings = Configured<typeof passwordHashing>;
