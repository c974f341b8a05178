import type { PresenceRecord } from '@plexus/topics';
import type { NamedCache } from '@plexus/cache';
import type { AuthenticatorOptions, RateLimiter, TokenUses } from '@plexus/service-shell';
import type { AccessRecord, AccessTokenReader, FilterReader, HostedServers } from '@plexus/storage';
import type { SyncPorts } from './sync-parts.ts';

/** What the module needs from outside: the ports of the use cases, and those of its door. */
export interface SyncModulePorts extends Omit<
  SyncPorts,
  'wantsMember' | 'failed' | 'ephemeralFailed' | 'publishPresence' | 'draining'
> {
  /** Into the topic; may fail. */
  readonly sendPresence: (record: PresenceRecord) => Promise<void>;
  readonly tokens: NamedCache<AccessRecord>;
  readonly sessions: AccessTokenReader;
  readonly filters: FilterReader;
  readonly filterCache: NamedCache<string>;
  readonly servers: HostedServers;
  readonly tokenUses: TokenUses;
  readonly appservices: AuthenticatorOptions['appservices'];
  readonly appserviceBlocked: AuthenticatorOptions['appserviceBlocked'];
  readonly usage: AuthenticatorOptions['usage'];
  readonly limiter: RateLimiter;
  readonly requested?: AuthenticatorOptions['requested'];
}
