const DEFAULT_PREFIX = 'plexus:';

/** Before every key and channel: keeps deployments in the same Redis apart. */
export function prefixOf(keyPrefix: string | undefined): string {
  return keyPrefix ?? DEFAULT_PREFIX;
}

/** On which processes tell each other what they change. */
export function channelOf(keyPrefix: string | undefined): string {
  return `${prefixOf(keyPrefix)}invalidations`;
}
