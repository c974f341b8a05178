import { appserviceSender } from './definitions/appservice-sender.ts';
import { caches } from './definitions/caches.ts';
import { clientApi } from './definitions/client-api.ts';
import { consent } from './definitions/consent.ts';
import { eventPersister } from './definitions/event-persister.ts';
import { federationIngress } from './definitions/federation-ingress.ts';
import { federationSender } from './definitions/federation-sender.ts';
import { hostedServers } from './definitions/hosted-servers.ts';
import { kafka } from './definitions/kafka.ts';
import { notices } from './definitions/notices.ts';
import { overview } from './definitions/overview.ts';
import { sync } from './definitions/sync.ts';
import type { Dashboard } from './panel.ts';

export const ALL_DASHBOARDS: readonly Dashboard[] = [
  overview,
  clientApi,
  sync,
  eventPersister,
  federationIngress,
  federationSender,
  appserviceSender,
  notices,
  consent,
  caches,
  kafka,
  hostedServers,
];
