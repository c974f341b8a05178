import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { ConsentModule } from './consent.module.ts';

await runService({
  name: 'consent',
  apis: ['consent'],
  secretsOf: [],
  module: async (shell) => ConsentModule.start(shell, await openResources(shell, 'consent')),
});
