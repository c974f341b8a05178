export { EventPersisterModule } from './event-persister.module.ts';
export { FAILPOINTS } from './failpoints.ts';
export type { Failpoint } from './failpoints.ts';
