import type {
  AppservicePing,
  AppservicePingAnswer,
  AppserviceQuery,
  AppserviceQueryAnswer,
  QueueChangeAnswer,
  QueueChangeRequest,
  QueueNames,
  QueuesWoken,
  ThirdPartyAnswer,
  ThirdPartyQuery,
} from './generated/plexus/rpc/v1/appservices.ts';
import type { ReplicaChannels } from './replica-router.ts';
import type { SenderCall } from './sender-channel.ts';

/** What an appservice-sender does for other services: as it does it itself, and as a channel to one offers it. */
export interface AppservicesHandler {
  ping(request: AppservicePing, call: SenderCall): Promise<AppservicePingAnswer>;
  query(request: AppserviceQuery, call: SenderCall): Promise<AppserviceQueryAnswer>;
  queryThirdParty(request: ThirdPartyQuery, call: SenderCall): Promise<ThirdPartyAnswer>;
  wakeQueues(request: QueueNames, call: SenderCall): Promise<QueuesWoken>;
  changeQueue(request: QueueChangeRequest, call: SenderCall): Promise<QueueChangeAnswer>;
}

export type AppservicesChannels = ReplicaChannels<AppservicesHandler>;
