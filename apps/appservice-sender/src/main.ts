import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { AppserviceSenderModule } from './appservice-sender.module.ts';

await runService({
  name: 'appservice-sender',
  apis: [],
  secretsOf: [],
  module: async (shell) => AppserviceSenderModule.start(shell, await openResources(shell, 'appservice-sender')),
});
