import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { EventPersisterModule } from './event-persister.module.ts';

await runService({
  name: 'event-persister',
  apis: [],
  secretsOf: [],
  module: async (shell) => EventPersisterModule.start(shell, await openResources(shell, 'event-persister')),
});
