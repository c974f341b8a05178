import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { SyncModule } from './sync.module.ts';

await runService({
  name: 'sync',
  apis: ['sync'],
  secretsOf: [],
  module: async (shell) => SyncModule.start(shell, await openResources(shell, 'sync')),
});
