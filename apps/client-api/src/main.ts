import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { ClientApiModule } from './client-api.module.ts';

await runService({
  name: 'client-api',
  apis: ['client', 'admin', 'well_known'],
  secretsOf: ['email', 'registration', 'turn'],
  module: async (shell) => ClientApiModule.start(shell, await openResources(shell, 'client-api')),
});
