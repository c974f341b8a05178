import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AppserviceSenderModule } from '@plexus/appservice-sender';
import { ClientApiModule } from '@plexus/client-api';
import { ConsentModule } from '@plexus/consent';
import { EventPersisterModule } from '@plexus/event-persister';
import { FederationIngressModule } from '@plexus/federation-ingress';
import { FederationSenderModule } from '@plexus/federation-sender';
import { NoticesModule } from '@plexus/notices';
import { openResources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import { SyncModule } from '@plexus/sync';
import { openDatabase } from './embedded/open-database.ts';

@Module({})
export class PlexusModule {
  /** All services over one set of resources, with the embedded Postgres where no other is configured. */
  static async start(outer: Shell): Promise<DynamicModule> {
    const shell = { ...outer, config: await openDatabase(outer) };
    const resources = await openResources(shell, 'plexus');
    const persister = await EventPersisterModule.start(shell, resources);
    const sync = await SyncModule.start(shell, resources);
    const clientApi = await ClientApiModule.start(shell, resources);
    const sender = await FederationSenderModule.start(shell, resources);
    const ingress = await FederationIngressModule.start(shell, resources);
    const notices = await NoticesModule.start(shell, resources);
    const consent = await ConsentModule.start(shell, resources);
    const appservices = await AppserviceSenderModule.start(shell, resources);
    const imports = [persister, sync, clientApi, sender, ingress, notices, consent, appservices];
    return { module: PlexusModule, imports };
  }
}
