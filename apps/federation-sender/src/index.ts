export { FederationSenderModule } from './federation-sender.module.ts';
