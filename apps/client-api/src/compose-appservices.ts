import type { Provider, Type } from '@nestjs/common';
import { findUnguardedListener } from '@plexus/service-shell';
import { EnsureSenders } from './appservices/ensure-senders.ts';
import { LookUpThirdParty } from './appservices/look-up-third-party.ts';
import { ManageAppservices } from './appservices/manage-appservices.ts';
import { PingAppservice } from './appservices/ping-appservice.ts';
import { PublishNetworkRoom } from './appservices/publish-network-room.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import type { ClientApiConfig } from './config.ts';
import { PublishRoom } from './directory/publish-room.ts';
import { AppservicesController } from './in/admin/appservices.controller.ts';
import { NetworkDirectoryController } from './in/client/network-directory.controller.ts';
import { PingAppserviceController } from './in/client/ping-appservice.controller.ts';
import { ThirdPartyController } from './in/client/third-party.controller.ts';
import { provide } from './provide.ts';

/** The endpoints of application services, and those that ask them. */
export const APPSERVICE_CONTROLLERS: Type[] = [
  AppservicesController,
  PingAppserviceController,
  ThirdPartyController,
  NetworkDirectoryController,
];

export function composeAppservices(config: ClientApiConfig, ports: ClientApiPorts): Provider[] {
  const { registry, repository, requests } = ports.appservices;
  const { servers, users, random, clock } = ports;
  const ensureSenders = new EnsureSenders({ registry, servers, users });
  const canGuardAddresses = findUnguardedListener(config.listeners) === undefined;
  return [
    provide(new ManageAppservices({ registry, repository, random }, ensureSenders, canGuardAddresses)),
    provide(new PingAppservice(requests)),
    provide(new LookUpThirdParty({ registry, requests, clock })),
    provide(new PublishNetworkRoom(ports, new PublishRoom(ports))),
  ];
}
