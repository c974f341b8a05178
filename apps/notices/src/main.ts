import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { NoticesModule } from './notices.module.ts';

await runService({
  name: 'notices',
  apis: [],
  secretsOf: [],
  module: async (shell) => NoticesModule.start(shell, await openResources(shell, 'notices')),
});
