export { parseKey, showKeys } from '@plexus/user-keys';
export type { FoundKeys, ShownKeys } from '@plexus/user-keys';
