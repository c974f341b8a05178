import { readFileSync } from 'node:fs';
import { StartError } from '@plexus/service-shell';
import type { PlexusConfig, RateLimitSettings, ServerSettings } from '@plexus/service-shell';
import type { HostedServer, HostedServerSettings } from '@plexus/storage';
import type { AccountKind } from './accounts/register-user.ts';
import type { LimitedAction } from './limits/rate-limiter.ts';
import type { Argon2Cost } from './out/argon2-password-hasher.ts';
import type { BucketSize } from './out/in-process-rate-limiter.ts';
import type { ConfiguredServer } from './servers/seed-servers.ts';

/** The sections of the configuration that this app reads. */
export type ClientApiConfig = Pick<PlexusConfig, 'servers' | 'registration' | 'password_hashing' | 'rate_limits'>;

/** Whether anyone may register an account of this kind on a server: its own setting, else the deployment's. */
export function isRegistrationOpen(
  { registration }: ClientApiConfig,
  { settings }: HostedServer,
  kind: AccountKind,
): boolean {
  const setting = kind === 'guest' ? 'guests' : 'enabled';
  return settings.registration?.[setting] ?? registration[setting];
}

export function passwordCost({ password_hashing: cost }: ClientApiConfig): Argon2Cost {
  return { memoryKib: cost.memory_kib, iterations: cost.iterations, parallelism: cost.parallelism };
}

/** The size of every bucket; nothing where there are no limits. */
export function bucketSizes({ rate_limits: limits }: ClientApiConfig): Record<LimitedAction, BucketSize> | undefined {
  if (!limits.enabled) return undefined;
  return {
    message: sizeOf(limits.rc_message),
    registration: sizeOf(limits.rc_registration),
    'login-by-address': sizeOf(limits.rc_login.address),
    'login-by-account': sizeOf(limits.rc_login.account),
    'failed-login': sizeOf(limits.rc_login.failed_attempts),
    join: sizeOf(limits.rc_joins.local),
    'invite-into-room': sizeOf(limits.rc_invites.per_room),
    'invite-to-user': sizeOf(limits.rc_invites.per_user),
    'invite-by-user': sizeOf(limits.rc_invites.per_issuer),
    'room-creation': sizeOf(limits.rc_room_creation),
  };
}

function sizeOf({ per_second: perSecond, burst_count: burst }: RateLimitSettings['rc_message']): BucketSize {
  return { perSecond, burst };
}

/** The servers of the configuration file, with the keys that they bring. */
export function configuredServers({ servers }: ClientApiConfig): ConfiguredServer[] {
  return servers.map((server) => ({
    serverName: server.server_name,
    settings: settingsOf(server),
    signingKey: server.signing_key_path === undefined ? undefined : readKeyFile(server.signing_key_path),
  }));
}

function settingsOf({ aliases, public_baseurl, registration, well_known }: ServerSettings): HostedServerSettings {
  return {
    aliases,
    ...(public_baseurl !== undefined && { publicBaseUrl: public_baseurl }),
    registration,
    wellKnown: well_known,
  };
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`The signing key ${path} cannot be read.`, { cause: error });
  }
}
