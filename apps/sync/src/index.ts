export { SyncModule } from './sync.module.ts';
export { FAILPOINTS } from './failpoints.ts';
