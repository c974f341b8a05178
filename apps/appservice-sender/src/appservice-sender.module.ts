import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { OutboundHttp } from '@plexus/remote-servers';
import {
  checkedLookup,
  compileIpRanges,
  EndpointPools,
  SystemDns,
  UndiciOutboundHttp,
} from '@plexus/remote-servers-http';
import { RoomPlaces, StateReader } from '@plexus/room-view';
import type { AppservicesHandler } from '@plexus/rpc';
import type { Resources } from '@plexus/service-adapters';
import { armFailpoints, readGauge, single } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresAppserviceAppender,
  PostgresAppserviceProjections,
  PostgresAppserviceQueues,
  PostgresAppserviceQueueStates,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresRoomAliases,
  PostgresRoomLogPositions,
  PostgresRoomReader,
  PostgresToDeviceInbox,
} from '@plexus/storage-postgres';
import { deliverySettings, transactionSlots } from './config.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryPorts } from './delivery-ports.ts';
import { FAILPOINTS } from './failpoints.ts';
import { AppservicesEndpoint } from './in/appservices-endpoint.ts';
import { AppserviceHttp } from './out/appservice-http.ts';
import { AppserviceTransactions } from './out/appservice-transactions.ts';
import { TracedTransactions } from './out/traced-transactions.ts';
import { AskAppservices } from './requests/ask-appservices.ts';
import { DeliveryTelemetry } from './telemetry.ts';

@Module({})
export class AppserviceSenderModule {
  /** The sender over the deployment's adapters. It has no HTTP of its own. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const { clock, config, shutdown } = shell;
    const telemetry = new DeliveryTelemetry(shell.registry, shell.logger);
    const http = new AppserviceHttp({
      http: openOutside(shell, telemetry),
      clock,
      hasLegacyToken: config.appservice_delivery.use_legacy_authorization,
    });
    const ask = new AskAppservices({
      registry: resources.appservices,
      http,
      clock,
      timeoutMs: config.appservice_delivery.query_timeout,
    });
    // Where others reach this process has to be known before it owns anything; what it answers needs what it owns.
    const { promise: handler, resolve: isComposed } = Promise.withResolvers<AppservicesHandler>();
    const served = await resources.appservicesReplicas.serve(whenComposed(handler));
    shutdown.onStop('appservices endpoint', () => served.stop());
    const delivery = new Delivery(
      deliveryPorts(shell, resources, { http, telemetry }),
      deliverySettings(config, { roomShards: resources.deployment.roomShards, address: served.address }),
    );
    isComposed(
      new AppservicesEndpoint({ ask, wake: delivery.wake, orders: delivery.orders, tracedRows: shell.tracedRows }),
    );
    telemetry.watch(delivery);
    await delivery.start();
    resources.databases.gate.onRaised(() => delivery.leaveGeneration());
    shutdown.onStop('delivery to application services', () => delivery.stop());
    return { module: AppserviceSenderModule };
  }
}

function deliveryPorts(
  shell: Shell,
  { databases, deployment, topics, hostedServers, appservices, appservicesReplicas, stateNodes, roomPlaces }: Resources,
  { http, telemetry }: { readonly http: AppserviceHttp; readonly telemetry: DeliveryTelemetry },
): DeliveryPorts {
  const { rooms, accounts } = databases;
  const { clock, random, config, registry } = shell;
  const reader = new PostgresRoomReader(rooms, deployment.roomShards);
  const inbox = new PostgresToDeviceInbox(accounts);
  const slots = transactionSlots(config, clock);
  readGauge(registry, {
    name: 'plexus_appservice_transactions_waiting',
    help: 'Transactions that wait for the turn of their hosted server.',
    read: single(() => slots.size.waiting),
  });
  return {
    registry: appservices,
    rooms: reader,
    places: new RoomPlaces(reader, roomPlaces),
    states: new StateReader(reader, stateNodes),
    log: new PostgresRoomLogPositions(rooms),
    aliases: new PostgresRoomAliases(accounts),
    appender: new PostgresAppserviceAppender(accounts),
    projections: new PostgresAppserviceProjections(accounts),
    queues: new PostgresAppserviceQueues(accounts),
    queueStates: new PostgresAppserviceQueueStates(accounts),
    waiting: inbox,
    inbox,
    deviceLists: new PostgresDeviceLists(accounts),
    deviceKeys: new PostgresDeviceKeys(accounts),
    topics,
    channels: appservicesReplicas.channels,
    sender: new TracedTransactions(
      new AppserviceTransactions(http, config.appservice_delivery.transaction_timeout),
      shell.tracedRows,
    ),
    tracedRows: shell.tracedRows,
    slots,
    clock,
    random,
    failpoints: armFailpoints(shell, FAILPOINTS),
    observer: telemetry,
    hostedServers: () => hostedServers.list(),
    isHosted: (serverName) => hostedServers.isHosted(serverName),
  };
}

/** The one way out: everything that goes to application services goes through what this returns. */
function openOutside({ config, shutdown }: Shell, telemetry: DeliveryTelemetry): OutboundHttp {
  const { appservice_delivery: delivery } = config;
  const isAllowed = compileIpRanges({ blacklist: delivery.ip_range_blacklist, whitelist: delivery.ip_range_whitelist });
  const pools = new EndpointPools({
    lookup: checkedLookup(new SystemDns(), isAllowed),
    isVerified: () => delivery.verify_certificates,
    authorities: [],
    connectTimeoutMs: delivery.connect_timeout,
    idleTimeoutMs: delivery.idle_connection_timeout,
    connectionsPerEndpoint: delivery.connections_per_appservice,
  });
  shutdown.onStop('connections to application services', () => pools.close());
  const http = new UndiciOutboundHttp(pools, isAllowed);
  return {
    async send(request) {
      const done = telemetry.requesting();
      const answer = await http.send(request);
      done(answer.outcome === 'answered' ? `${Math.floor(answer.status / 100)}xx` : answer.reason);
      return answer;
    },
  };
}

/** What is asked before this process is composed waits until it is. */
function whenComposed(handler: Promise<AppservicesHandler>): AppservicesHandler {
  return {
    ping: async (...asked) => (await handler).ping(...asked),
    query: async (...asked) => (await handler).query(...asked),
    queryThirdParty: async (...asked) => (await handler).queryThirdParty(...asked),
    wakeQueues: async (...asked) => (await handler).wakeQueues(...asked),
    changeQueue: async (...asked) => (await handler).changeQueue(...asked),
  };
}
