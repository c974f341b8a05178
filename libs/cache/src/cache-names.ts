/** Every cache of Plexus with its base size, in entries. Capacity is the base size times the cache's factor. */
export const CACHE_BASE_SIZES = {
  access_tokens: 20_000,
  account_settings: 20_000,
  consent: 50_000,
  device_key_counts: 20_000,
  filters: 1_000,
  get_server_acl_for_room: 1_000,
  hosted_servers: 10_000,
  push_rules: 20_000,
  rooms: 10_000,
  server_keys: 20_000,
  state_nodes: 100_000,
  events: 10_240,
} as const;

export type CacheName = keyof typeof CACHE_BASE_SIZES;
