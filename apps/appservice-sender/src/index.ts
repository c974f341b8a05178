export { AppserviceSenderModule } from './appservice-sender.module.ts';
export { FAILPOINTS } from './failpoints.ts';
export type { Failpoint } from './failpoints.ts';
