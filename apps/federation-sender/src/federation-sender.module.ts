import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import {
  checkedLookup,
  compileIpRanges,
  EndpointPools,
  SpecificationDiscovery,
  SystemDns,
  UndiciOutboundHttp,
  WellKnownServers,
} from '@plexus/remote-servers-http';
import type { OutboundHttp } from '@plexus/remote-servers';
import { REPLICA_STALE_MS } from '@plexus/service-adapters';
import type { Resources } from '@plexus/service-adapters';
import { serverKeyCacheKey } from '@plexus/server-keys';
import { FederationPolicy, GiveSignsOfLife } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import type { ServerKeyRepository } from '@plexus/storage';
import { PostgresSenderReplicas, PostgresServerKeys } from '@plexus/storage-postgres';
import { authoritiesOf, certificateRule, notariesOf } from './config.ts';
import { SenderEndpoint } from './in/sender-endpoint.ts';
import { FetchServerKeys } from './keys/fetch-server-keys.ts';
import { forgetDocumentsUntil } from './keys/forget-documents.ts';
import { PutReport } from './requests/put-report.ts';
import { ReachServer } from './requests/reach-server.ts';
import { SendSignedRequest } from './requests/send-signed-request.ts';
import { startOutbound } from './outbound.module.ts';
import { startRemoteRooms } from './remote-rooms.module.ts';
import { SenderTelemetry } from './telemetry.ts';

@Module({})
export class FederationSenderModule {
  /** The sender over the deployment's adapters. It has no HTTP of its own. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const { shutdown, clock } = shell;
    const telemetry = new SenderTelemetry(shell.registry, shell.logger);
    const policy = new FederationPolicy(resources.hostedServers, shell.config.federation);
    const { reach, http } = openOutside(shell, telemetry);
    const requests = new SendSignedRequest(reach, resources.hostedServers, {
      allows: (origin, destination) => policy.allows(origin, destination),
      policyAddressOf: (serverName) => resources.hostedServers.find(serverName)?.settings.policyServer?.address,
      longestMs: shell.config.federation.request_timeout,
      mostBytes: shell.config.federation.max_response_bytes,
    });
    const keys = new FetchServerKeys({
      reach,
      store: cachedServerKeys(resources),
      notaries: notariesOf(shell.config.federation),
      allows: (serverName) => resources.hostedServers.list().some((own) => policy.allows(own.serverName, serverName)),
      clock,
      asked: (...what) => telemetry.askedForKeys(...what),
    });
    forgetDocuments(shell, resources, telemetry);
    const { endpoint: rooms, contents } = startRemoteRooms(shell, resources, { servers: requests, http, telemetry });
    const reports = new PutReport(http, 'Plexus');
    const served = await resources.senders.serve(new SenderEndpoint({ requests, keys, rooms, reports }));
    shutdown.onStop('sender endpoint', () => served.stop());
    startOutbound(shell, resources, { servers: requests, policy, address: served.address, contents });
    if (!resources.senders.isLocal) await giveSignsOfLife(shell, resources, { address: served.address, telemetry });
    return { module: FederationSenderModule };
  }
}

/** The one way out: everything that goes to other homeservers goes through what this returns. */
function openOutside(
  { config, clock, random, registry, shutdown }: Shell,
  telemetry: SenderTelemetry,
): { readonly reach: Pick<ReachServer, 'send'>; readonly http: OutboundHttp } {
  const { federation } = config;
  const dns = new SystemDns();
  const isAllowed = compileIpRanges({
    blacklist: federation.ip_range_blacklist,
    whitelist: federation.ip_range_whitelist,
  });
  const pools = new EndpointPools({
    lookup: checkedLookup(dns, isAllowed),
    isVerified: certificateRule(federation),
    authorities: authoritiesOf(federation),
    connectTimeoutMs: federation.connect_timeout,
    idleTimeoutMs: federation.idle_connection_timeout,
    connectionsPerEndpoint: federation.connections_per_server,
  });
  shutdown.onStop('connections to other servers', () => pools.close());
  telemetry.watchConnections(registry, pools);
  const http = new UndiciOutboundHttp(pools, isAllowed);
  const discovery = new SpecificationDiscovery({
    dns,
    wellKnown: new WellKnownServers({ http, clock, random }),
    random,
    clock,
    staticAddresses: federation.static_addresses,
  });
  const reach = new ReachServer({ discovery, http, clock, userAgent: 'Plexus' });
  const counted: Pick<ReachServer, 'send'> = {
    async send(request) {
      const done = telemetry.requesting(request.destination, request.method);
      const answer = await reach.send(request);
      done(answer);
      return answer;
    },
  };
  return { reach: counted, http };
}

/** What is stored leaves every cache of every process. */
function cachedServerKeys({ databases, serverKeys }: Resources): Pick<ServerKeyRepository, 'storeKeys'> {
  const stored = new PostgresServerKeys(databases.accounts);
  return {
    storeKeys: (document, keys) =>
      serverKeys.change(
        keys.map(({ serverName, keyId }) => serverKeyCacheKey(serverName, keyId)),
        () => stored.storeKeys(document, keys),
      ),
  };
}

function forgetDocuments({ clock, shutdown }: Shell, { databases }: Resources, telemetry: SenderTelemetry): void {
  const stopping = new AbortController();
  const running = forgetDocumentsUntil(stopping.signal, {
    keys: new PostgresServerKeys(databases.accounts),
    clock,
    failed: (error) => telemetry.upkeepFailed(error),
  });
  shutdown.onStop('upkeep of server keys', async () => {
    stopping.abort();
    await running;
  });
}

async function giveSignsOfLife(
  { clock, shutdown }: Shell,
  { databases }: Resources,
  { address, telemetry }: { readonly address: string; readonly telemetry: SenderTelemetry },
): Promise<void> {
  const signs = new GiveSignsOfLife({
    replicas: new PostgresSenderReplicas(databases.accounts),
    address,
    clock,
    staleMs: REPLICA_STALE_MS,
    failed: (error) => telemetry.signOfLifeFailed(error),
  });
  await signs.start();
  shutdown.onStop('signs of life', () => signs.stop());
}
