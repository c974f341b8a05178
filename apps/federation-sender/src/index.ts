export { authoritiesOf, certificateRule } from './config.ts';
export { FederationSenderModule } from './federation-sender.module.ts';
export { FAILPOINTS } from './failpoints.ts';
export type { Failpoint } from './failpoints.ts';
