export { parseKey, showKeys } from './show-keys.ts';
export type { FoundKeys, ShownKeys } from './show-keys.ts';
