export { openFederationAsker } from './ask-as-others.module.ts';
export type { AskFederation, FederationAnswer } from './ask-as-others.module.ts';
export { FederationSenderModule } from './federation-sender.module.ts';
export { FAILPOINTS } from './failpoints.ts';
export type { Failpoint } from './failpoints.ts';
