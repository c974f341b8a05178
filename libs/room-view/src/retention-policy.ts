import type { JsonObject } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';

/** What the deployment says of how long messages are kept; milliseconds. */
export interface RetentionPolicy {
  readonly isEnabled: boolean;
  readonly defaultLifetimeMs: number | undefined;
  readonly leastLifetimeMs: number | undefined;
  readonly greatestLifetimeMs: number | undefined;
}

/**
 * How long a room's messages are kept, in milliseconds: as long as any of the hosted servers in it keeps them; nothing: for ever. A server keeps
 * them as the room asks by `m.room.retention`, within what is allowed, else as the server or the deployment says.
 */
export function lifetimeOf(
  content: JsonObject | undefined,
  residents: readonly HostedServer[],
  policy: RetentionPolicy,
): number | undefined {
  const lifetimes = residents.map((server) => lifetimeAt(server, content, policy));
  const known = lifetimes.filter((lifetime) => lifetime !== undefined);
  return known.length === 0 || known.length < lifetimes.length ? undefined : Math.max(...known);
}

function lifetimeAt(
  { settings: { retention } }: HostedServer,
  content: JsonObject | undefined,
  policy: RetentionPolicy,
): number | undefined {
  if (!(retention?.isEnabled ?? policy.isEnabled)) return undefined;
  const asked = content?.['max_lifetime'];
  const own = retention?.maxLifetimeMs ?? policy.defaultLifetimeMs;
  const lifetime = typeof asked === 'number' && Number.isSafeInteger(asked) && asked > 0 ? asked : own;
  const { leastLifetimeMs = 0, greatestLifetimeMs = Infinity } = policy;
  const allowed = Math.min(Math.max(lifetime ?? Infinity, leastLifetimeMs), greatestLifetimeMs);
  return Number.isFinite(allowed) ? allowed : undefined;
}

/** What the configuration says, in the words of `RetentionPolicy`. */
export function retentionPolicyOf(settings: {
  readonly enabled: boolean;
  readonly default_policy: { readonly max_lifetime?: number | undefined };
  readonly allowed_lifetime_min?: number | undefined;
  readonly allowed_lifetime_max?: number | undefined;
}): RetentionPolicy {
  return {
    isEnabled: settings.enabled,
    defaultLifetimeMs: settings.default_policy.max_lifetime,
    leastLifetimeMs: settings.allowed_lifetime_min,
    greatestLifetimeMs: settings.allowed_lifetime_max,
  };
}

/** Whether messages expire anywhere: mostly they do not, and nobody has to look. */
export function mayExpire(servers: readonly HostedServer[], policy: RetentionPolicy): boolean {
  return policy.isEnabled || servers.some(({ settings }) => settings.retention?.isEnabled === true);
}
