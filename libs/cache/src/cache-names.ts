/** How many entries a cache holds with a factor of 1. */
export interface CacheSize {
  /** In each process. */
  readonly process: number;
  /** In the shared level, for all processes together; 0 where the cache has none. */
  readonly shared: number;
}

/** Every cache of Plexus with its base sizes, in entries. Capacity is the base size times the cache's factor. */
export const CACHE_BASE_SIZES = {
  access_tokens: { process: 20_000, shared: 100_000 },
  aliases: { process: 10_000, shared: 50_000 },
  account_settings: { process: 20_000, shared: 100_000 },
  active_users: { process: 50_000, shared: 0 },
  consent: { process: 50_000, shared: 0 },
  device_key_counts: { process: 20_000, shared: 100_000 },
  device_keys: { process: 5_000, shared: 50_000 },
  filters: { process: 1_000, shared: 5_000 },
  get_server_acl_for_room: { process: 1_000, shared: 0 },
  joined_hosts: { process: 400_000, shared: 0 },
  profiles: { process: 20_000, shared: 100_000 },
  push_rules: { process: 20_000, shared: 100_000 },
  rooms: { process: 10_000, shared: 10_000 },
  shard_owners: { process: 2_048, shared: 0 },
  server_keys: { process: 20_000, shared: 20_000 },
  state_nodes: { process: 100_000, shared: 200_000 },
  sync_answers: { process: 1_024, shared: 100_000 },
  events: { process: 10_240, shared: 0 },
} as const satisfies Readonly<Record<string, CacheSize>>;

export type CacheName = keyof typeof CACHE_BASE_SIZES;

/** What Synapse calls a cache that holds the same, so that an operator's settings go on working. Normalized. */
const SYNAPSE_NAMES: ReadonlyMap<string, CacheName> = new Map<string, CacheName>([
  ['getevent', 'events'],
  ['stategroupcache', 'state_nodes'],
  ['get_user_by_access_token', 'access_tokens'],
  ['get_push_rules_for_user', 'push_rules'],
  ['get_user_filter', 'filters'],
  ['get_server_key_json_for_remote', 'server_keys'],
  ['count_e2e_one_time_keys', 'device_key_counts'],
  ['get_current_hosts_in_room', 'joined_hosts'],
]);

export function isCacheName(name: string): name is CacheName {
  return Object.hasOwn(CACHE_BASE_SIZES, name);
}

/** Lower case, and only letters, digits and underscores: `*stateNodes*`, `stateNodes` and `STATENODES` are one name. */
export function normalizeCacheName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, '');
}

/** The cache that a written name means, ours or Synapse's, in any spelling that `normalizeCacheName` makes equal. */
export function findCacheName(written: string): CacheName | undefined {
  const normalized = normalizeCacheName(written);
  return isCacheName(normalized) ? normalized : SYNAPSE_NAMES.get(normalized);
}

export function listCacheNames(): CacheName[] {
  return Object.keys(CACHE_BASE_SIZES).filter(isCacheName);
}

/** Ours and Synapse's: among them is what somebody meant who wrote another one. */
export function listUnderstoodNames(): string[] {
  return [...listCacheNames(), ...SYNAPSE_NAMES.keys()];
}
