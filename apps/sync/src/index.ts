export { composeSync } from './compose-sync.ts';
export type { SyncParts, SyncPorts, SyncSettings } from './compose-sync.ts';
