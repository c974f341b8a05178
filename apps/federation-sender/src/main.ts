import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { FederationSenderModule } from './federation-sender.module.ts';

await runService({
  name: 'federation-sender',
  apis: [],
  secretsOf: [],
  module: async (shell) => FederationSenderModule.start(shell, await openResources(shell, 'federation-sender')),
});
