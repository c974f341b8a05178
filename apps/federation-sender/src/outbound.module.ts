import { unsharedCodec } from '@plexus/cache';
import type { Resources } from '@plexus/service-adapters';
import type { RemoteServers } from '@plexus/remote-servers';
import { RoomPlaces } from '@plexus/room-view';
import { armFailpoints, OutgoingQueues } from '@plexus/service-shell';
import type { FederationPolicy, Shell } from '@plexus/service-shell';
import {
  PostgresCrossSigning,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresOutboundDeviceLists,
  PostgresOutboundPositions,
  PostgresOutboundReader,
  PostgresOutboundTransactor,
  PostgresOutgoingEdus,
  PostgresResidencyReader,
  PostgresRoomLogPositions,
  PostgresRoomReader,
  PostgresUserRoomReader,
} from '@plexus/storage-postgres';
import { destinationShardOf } from '@plexus/topics';
import { sendingSettings, transactionSlots, transactionTimeout } from './config.ts';
import { weightOfRoom } from './destinations/resident-servers.ts';
import { FAILPOINTS } from './failpoints.ts';
import { FederationTransactions } from './out/federation-transactions.ts';
import { TracedTransactions } from './out/traced-transactions.ts';
import { OutboundTelemetry } from './outbound-telemetry.ts';
import { Outbound } from './outbound.ts';
import { weightOfBody } from './queues/event-bodies.ts';
import type { OutboundPorts } from './outbound-ports.ts';
import type { Caches } from '@plexus/cache';

export interface OutboundParties {
  readonly servers: RemoteServers;
  readonly policy: Pick<FederationPolicy, 'allows'>;
  /** What this process is called among its like. */
  readonly address: string;
  readonly contents: OutboundPorts['contents'];
}

/** Sends to other servers, over the deployment's adapters, until the shell stops. */
export function startOutbound(shell: Shell, resources: Resources, parties: OutboundParties): Outbound {
  const { clock, config, shutdown } = shell;
  const { databases, deployment } = resources;
  const telemetry = new OutboundTelemetry(shell.registry, shell.logger, {
    hostedServers: config.metrics.hosted_servers,
    use: shell.use,
  });
  const outbound = new Outbound(outboundPorts(shell, resources, { ...parties, telemetry }), {
    ...sendingSettings(config),
    roomShards: deployment.roomShards,
    hasPresence: config.presence.enabled,
    address: parties.address,
  });
  telemetry.watch(outbound, () => clock.now());
  outbound.start();
  databases.gate.onRaised(() => outbound.leaveGeneration());
  shutdown.onStop('sending to other servers', () => outbound.stop());
  return outbound;
}

function outboundPorts(
  shell: Shell,
  { databases, deployment, topics, hostedServers, caches, roomPlaces }: Resources,
  {
    servers,
    policy,
    contents,
    telemetry,
  }: Omit<OutboundParties, 'address'> & { readonly telemetry: OutboundTelemetry },
): OutboundPorts {
  const { rooms, accounts } = databases;
  const { clock, random, config } = shell;
  const reader = new PostgresRoomReader(rooms, deployment.roomShards);
  return {
    rooms: reader,
    places: new RoomPlaces(reader, roomPlaces),
    log: new PostgresRoomLogPositions(rooms),
    residency: new PostgresResidencyReader(rooms),
    ...openOutboundCaches(caches),
    positions: new PostgresOutboundPositions(accounts),
    userRooms: new PostgresUserRoomReader(accounts),
    deviceLists: {
      changes: new PostgresDeviceLists(accounts),
      positions: new PostgresOutboundDeviceLists(accounts),
      deviceKeys: new PostgresDeviceKeys(accounts),
      crossSigning: new PostgresCrossSigning(accounts),
      queues: new OutgoingQueues({
        edus: new PostgresOutgoingEdus(accounts, destinationShardOf),
        producer: topics.producer,
        failed: (error) => telemetry.failed('hint at what waits', error),
      }),
    },
    contents,
    queues: new PostgresOutboundReader(accounts),
    transactor: new PostgresOutboundTransactor(accounts),
    topics,
    sender: new TracedTransactions(new FederationTransactions(servers, transactionTimeout(config)), shell.tracedRows),
    slots: transactionSlots(config, clock),
    clock,
    random,
    failpoints: armFailpoints(shell, FAILPOINTS),
    observer: telemetry,
    isHosted: (serverName) => hostedServers.isHosted(serverName),
    allows: (origin, destination) => policy.allows(origin, destination),
  };
}

function openOutboundCaches(caches: Caches): Pick<OutboundPorts, 'joinedHosts' | 'events'> {
  return {
    joinedHosts: caches.open({
      name: 'joined_hosts',
      kind: 'followed',
      levels: 'process',
      weigh: weightOfRoom,
      codec: unsharedCodec(),
    }),
    events: caches.open({
      name: 'events',
      kind: 'immutable',
      levels: 'process',
      weigh: weightOfBody,
      codec: unsharedCodec(),
    }),
  };
}
