import { flag, group, integer, list, map, optional, text } from '../setting.ts';
import type { Configured } from '../setting.ts';
import { serverConsent } from './consent.ts';
import { registrationFile } from './appservices.ts';
import { federationLists } from './federation.ts';
import { serverNoticesOverrides, usageLimitOverrides } from './notices.ts';
import { quotaOverrides } from './quotas.ts';
import { rateLimitOverrides } from './rate-limits.ts';
import { retentionOverrides } from './retention.ts';

const registration = group(
  'Registration of new users on this server; what is not written is taken from `registration`.',
  {
    enabled: optional(flag('Whether anyone may register an account.')),
    guests: optional(flag('Whether anyone may register a guest account.')),
    requires_token: optional(flag('Whether a registration token is needed.')),
    requires_email: optional(flag('Whether a confirmed email address is needed.')),
  },
);

const federation = group('Federation of this server; what is not written is taken from `federation`.', {
  enabled: optional(federationLists.enabled),
  allow_servers: federationLists.allow_servers,
  deny_servers: optional(federationLists.deny_servers),
});

const wellKnown = group('What `/.well-known/matrix/client` and `/.well-known/matrix/server` say for this server.', {
  enabled: flag('Whether the documents are served.', { default: true }),
  server: optional(text('Where other servers connect, as `host:port`; without it the public base URL with its port.')),
  support: optional(
    group('What `/.well-known/matrix/support` says; without it there is no such document.', {
      contacts: list(
        'Who administers this server.',
        group('A contact, by at least one of its addresses.', {
          role: text('`m.role.admin`, `m.role.security`, or a name of your own.'),
          matrix_id: optional(text('A user id.', { pattern: '^@.+:.+$', form: 'a user id' })),
          email_address: optional(text('An email address.')),
        }),
        { default: [] },
      ),
      support_page: optional(text('A page for users.', { pattern: '^https?://', form: 'an http or https URL' })),
    }),
  ),
});

const policyServer = group(
  'The policy server under the name of this server: a program beside this one, which rooms may choose.',
  {
    public_key: optional(
      text('The Ed25519 key by which it recommends events, in Base64: what `/.well-known/matrix/policy_server` says.', {
        pattern: '^[A-Za-z0-9+/_-]{43}=?$',
        form: 'the Base64 of 32 bytes',
      }),
    ),
    address: optional(
      text('Where it is reached from here, as `host:port`; from elsewhere it is reached as this server is.'),
    ),
  },
);

/** One hosted server. More of them can be added while running, through the admin API. */
export const serverSettings = group('A hosted server.', {
  server_name: text('The name in user ids, room aliases and events. It can never change.'),
  aliases: list('Further `Host` headers under which clients reach this server.', text('A host name.'), { default: [] }),
  public_baseurl: optional(
    text('The URL of the client API as clients see it, for example `https://matrix.example.org`.', {
      pattern: '^https?://[^/?#]+/?$',
      form: 'an http or https URL without a path',
    }),
  ),
  signing_key_path: optional(
    text('A signing key to import on first start, one line `ed25519 <version> <base64 seed>`. Without it one is made.'),
  ),
  old_signing_keys: map(
    'Keys that it signed with on another homeserver, by their ids: published as `old_verify_keys`, so that what they have signed can be checked.',
    group('A key.', {
      key: text('Its public half, in Base64.', {
        pattern: '^[A-Za-z0-9+/]{43}=?$',
        form: 'an Ed25519 key in Base64',
      }),
      expired_ts: integer('When nobody signed with it any more, in milliseconds since 1970.', { minimum: 0 }),
    }),
  ),
  registration,
  appservice_files: list(
    'Registration files of application services for this server; those for all of them are in `appservices.files`.',
    registrationFile,
    { default: [] },
  ),
  rate_limits: rateLimitOverrides,
  quotas: quotaOverrides,
  retention: retentionOverrides,
  well_known: wellKnown,
  policy_server: policyServer,
  federation,
  presence: group('Presence of users of this server.', {
    enabled: optional(flag('Whether they see who is online, and are seen; else `presence.enabled` says it.')),
  }),
  server_notices: serverNoticesOverrides,
  usage_limit: usageLimitOverrides,
  user_consent: serverConsent,
  email: group('Mails to users of this server; what is not written is taken from `email`.', {
    notif_from: optional(text('The sender, for example `Chat <noreply@example.org>`.')),
  }),
});

export type ServerSettings = Configured<typeof serverSettings>;

export const servers = list(
  'The hosted servers that exist from the start. Required, but it may be empty.',
  serverSettings,
);
