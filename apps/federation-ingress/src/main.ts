import { openResources } from '@plexus/service-adapters';
import { runService } from '@plexus/service-shell';
import { FederationIngressModule } from './federation-ingress.module.ts';

await runService({
  name: 'federation-ingress',
  apis: ['federation'],
  secretsOf: [],
  module: async (shell) => FederationIngressModule.start(shell, await openResources(shell, 'federation-ingress')),
});
