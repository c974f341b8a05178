import type { Resources } from '@plexus/service-adapters';
import type { RemoteServers } from '@plexus/remote-servers';
import { armFailpoints } from '@plexus/service-shell';
import type { FederationPolicy, Shell } from '@plexus/service-shell';
import {
  PostgresOutboundPositions,
  PostgresOutboundReader,
  PostgresOutboundTransactor,
  PostgresResidencyReader,
  PostgresRoomLogPositions,
  PostgresRoomReader,
} from '@plexus/storage-postgres';
import { sendingSettings, transactionTimeout } from './config.ts';
import { FAILPOINTS } from './failpoints.ts';
import { FederationTransactions } from './out/federation-transactions.ts';
import { OutboundTelemetry } from './outbound-telemetry.ts';
import { Outbound } from './outbound.ts';

/** Sends to other servers, over the deployment's adapters, until the shell stops. */
export function startOutbound(
  shell: Shell,
  { databases, deployment, topics, hostedServers }: Resources,
  {
    servers,
    policy,
    address,
  }: {
    readonly servers: RemoteServers;
    readonly policy: Pick<FederationPolicy, 'allows'>;
    /** What this process is called among its like. */
    readonly address: string;
  },
): Outbound {
  const { rooms, accounts } = databases;
  const { clock, random, config, shutdown } = shell;
  const telemetry = new OutboundTelemetry(shell.registry, shell.logger);
  const outbound = new Outbound(
    {
      rooms: new PostgresRoomReader(rooms, deployment.roomShards),
      log: new PostgresRoomLogPositions(rooms),
      residency: new PostgresResidencyReader(rooms),
      positions: new PostgresOutboundPositions(accounts),
      queues: new PostgresOutboundReader(accounts),
      transactor: new PostgresOutboundTransactor(accounts),
      topics,
      sender: new FederationTransactions(servers, transactionTimeout(config)),
      clock,
      random,
      failpoints: armFailpoints(shell, FAILPOINTS),
      observer: telemetry,
      isHosted: (serverName) => hostedServers.isHosted(serverName),
      allows: (origin, destination) => policy.allows(origin, destination),
    },
    { ...sendingSettings(config), roomShards: deployment.roomShards, address },
  );
  telemetry.watch(outbound, () => clock.now());
  outbound.start();
  shutdown.onStop('sending to other servers', () => outbound.stop());
  return outbound;
}
