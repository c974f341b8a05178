import { readFileSync } from 'node:fs';
import { serverRateLimitsOf, StartError } from '@plexus/service-shell';
import type { FairSlotsLimits, PlexusConfig, ServerSettings } from '@plexus/service-shell';
import type { HostedServerSettings } from '@plexus/storage';
import type { LoginTokenSettings } from './accounts/give-login-token.ts';
import type { TokenLifetimes } from './accounts/open-session.ts';
import type { RegistrationPolicy } from './accounts/registration-policy.ts';
import {
  emailOf,
  federationOf,
  policyServerOf,
  quotasOf,
  registrationOf,
  retentionOf,
  wellKnownOf,
} from './in/admin/server-body.ts';
import { noticesOf, usageLimitOf } from './in/admin/notices-settings.ts';
import type { TurnSettings } from './accounts/give-turn-credentials.ts';
import type { QuotaRules } from './quotas/quota-board.ts';
import type { Argon2Cost } from './out/argon2-password-hasher.ts';
import type { ConfiguredPath } from './out/registration-files.ts';
import type { SmtpRelay } from './out/smtp-mailer.ts';
import type { EmailSettings } from './threepids/email-settings.ts';
import type { ProfileRules } from './profiles/change-profile.ts';
import type { DirectoryRules } from './directory/list-public-rooms.ts';
import type { UserDirectoryRules } from './user-directory/search-users.ts';
import type { LookUpRules } from './profiles/get-profile.ts';
import type { ConfiguredServer } from './servers/seed-servers.ts';

/** The sections of the configuration that this app reads. */
export type ClientApiConfig = Pick<
  PlexusConfig,
  | 'servers'
  | 'registration'
  | 'password_hashing'
  | 'sessions'
  | 'login_via_existing_session'
  | 'user_interactive_auth'
  | 'turn'
  | 'email'
  | 'search'
  | 'profiles'
  | 'user_directory'
  | 'room_directory'
  | 'server_notices'
  | 'appservices'
  | 'listeners'
  | 'fairness'
  | 'quotas'
  | 'retention'
  | 'usage_limit'
>;

/** What a hosted server may use: by its own settings, else by the deployment's. */
export function quotaRules({ quotas: common, usage_limit: limit }: ClientApiConfig): QuotaRules {
  const ofAll = quotasOf(common);
  return {
    quotasOf: ({ quotas }) => (quotas === undefined ? ofAll : { ...ofAll, ...quotas }),
    contactOf: ({ usageLimit }) => usageLimit?.adminContact ?? limit.admin_contact,
  };
}

/** Of requests that are answered at once: the hosted servers take turns. */
export function requestSlots({ fairness }: ClientApiConfig): FairSlotsLimits {
  return {
    slots: fairness.concurrent_requests,
    waiting: fairness.waiting_requests_per_server,
    countedMs: COUNTED_MS,
  };
}

/** A request that takes longer waits for somebody outside. */
const COUNTED_MS = 1_000;

/** Registration by a server's own settings, else the deployment's. */
export function registrationPolicy(config: ClientApiConfig): RegistrationPolicy {
  const { registration } = config;
  const mails = emailSettings(config);
  return {
    isOpen: ({ settings }, kind) => {
      const setting = kind === 'guest' ? 'guests' : 'enabled';
      return settings.registration?.[setting] ?? registration[setting];
    },
    requiresToken: ({ settings }) => settings.registration?.requiresToken ?? registration.requires_token,
    emailUse: (server) => {
      const isRequired = server.settings.registration?.requiresEmail ?? registration.requires_email;
      if (isRequired) return 'required';
      return mails.mailOf(server) === undefined ? 'none' : 'optional';
    },
  };
}

export function tokenLifetimes({ sessions }: ClientApiConfig): TokenLifetimes {
  return {
    accessTokenMs: sessions.nonrefreshable_access_token_lifetime,
    refreshableAccessTokenMs: sessions.refreshable_access_token_lifetime,
    refreshTokenMs: sessions.refresh_token_lifetime,
  };
}

export function emailSettings({ email }: ClientApiConfig): EmailSettings {
  return {
    appName: email.app_name,
    lifetimeMs: email.validation_token_lifetime,
    hidesAddresses: email.request_token_inhibit_3pid_errors,
    mailOf({ settings }) {
      const from = settings.email?.from ?? email.notif_from;
      const { publicBaseUrl: baseUrl } = settings;
      const canSend = email.smtp_host !== undefined && from !== undefined && baseUrl !== undefined;
      return canSend ? { from, baseUrl } : undefined;
    },
  };
}

/** Nothing where no relay is configured. */
export function smtpRelay({ email }: ClientApiConfig): SmtpRelay | undefined {
  if (email.smtp_host === undefined) return undefined;
  return {
    host: email.smtp_host,
    port: email.smtp_port,
    user: email.smtp_user,
    password: () => email.smtp_pass?.reveal(),
    forceTls: email.force_tls,
    requireTls: email.require_transport_security,
  };
}

/** Nothing where no TURN server is configured. */
export function turnSettings({ turn }: ClientApiConfig): TurnSettings | undefined {
  if (turn.uris.length === 0) return undefined;
  return {
    uris: turn.uris,
    sharedSecret: () => turn.shared_secret?.reveal(),
    fixed: { username: turn.username, password: () => turn.password?.reveal() },
    lifetimeMs: turn.user_lifetime,
    allowsGuests: turn.allow_guests,
  };
}

export function loginTokenSettings({ login_via_existing_session: settings }: ClientApiConfig): LoginTokenSettings {
  return { isEnabled: settings.enabled, lifetimeMs: settings.token_timeout };
}

export function passwordCost({ password_hashing: cost }: ClientApiConfig): Argon2Cost {
  return { memoryKib: cost.memory_kib, iterations: cost.iterations, parallelism: cost.parallelism };
}

/** The servers of the configuration file, with the keys that they bring. */
export function configuredServers({ servers }: ClientApiConfig): ConfiguredServer[] {
  return servers.map((server) => ({
    serverName: server.server_name,
    settings: settingsOf(server),
    signingKey: server.signing_key_path === undefined ? undefined : readKeyFile(server.signing_key_path),
    formerKeys: server.old_signing_keys,
  }));
}

/** Where registrations of application services are. */
export function registrationPaths({ appservices, servers }: ClientApiConfig): ConfiguredPath[] {
  const ofAll = appservices.files.map((path) => ({ path, servers: 'all' }) as const);
  const ofServers = servers.flatMap(({ server_name: serverName, appservice_files: files }) =>
    files.map((path) => ({ path, servers: [serverName] })),
  );
  return [...ofAll, ...ofServers];
}

function settingsOf({
  aliases,
  public_baseurl,
  registration,
  rate_limits,
  retention,
  well_known,
  policy_server,
  email,
  federation,
  presence,
  server_notices,
  usage_limit,
  quotas,
}: ServerSettings): HostedServerSettings {
  const hasPolicyServer = Object.keys(policyServerOf(policy_server)).length > 0;
  return {
    aliases,
    ...(public_baseurl !== undefined && { publicBaseUrl: public_baseurl }),
    registration: registrationOf(registration),
    rateLimits: serverRateLimitsOf(rate_limits),
    retention: retentionOf(retention),
    wellKnown: wellKnownOf(well_known),
    ...(hasPolicyServer && { policyServer: policyServerOf(policy_server) }),
    email: emailOf(email),
    federation: federationOf(federation),
    presence,
    serverNotices: noticesOf(server_notices),
    usageLimit: usageLimitOf(usage_limit),
    quotas: quotasOf(quotas),
  };
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`The signing key ${path} cannot be read.`, { cause: error });
  }
}

/** Which fields of their profile users may not change. */
export function profileRules({ profiles }: ClientApiConfig): ProfileRules {
  return {
    disallowed: [
      ...(profiles.enable_set_displayname ? [] : ['displayname']),
      ...(profiles.enable_set_avatar_url ? [] : ['avatar_url']),
    ],
  };
}

/** Whom users find. */
export function userDirectoryRules({ user_directory: directory }: ClientApiConfig): UserDirectoryRules {
  return { isEnabled: directory.enabled, searchesAllUsers: directory.search_all_users };
}

/** Who sees directories of rooms. */
export function directoryRules({ room_directory: directory }: ClientApiConfig): DirectoryRules {
  return {
    requiresUser: !directory.allow_public_rooms_without_auth,
    isSharedWithServers: directory.allow_public_rooms_over_federation,
  };
}

/** Who may look profiles up. */
export function lookUpRules({ profiles }: ClientApiConfig): LookUpRules {
  return {
    requiresUser: profiles.require_auth_for_profile_requests,
    requiresSharedRoom: profiles.limit_profile_requests_to_users_who_share_rooms,
  };
}
