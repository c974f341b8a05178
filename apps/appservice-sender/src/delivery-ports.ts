import type { Appservice } from '@plexus/appservices';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomPlaces, StateReader } from '@plexus/room-view';
import type { AppservicesChannels } from '@plexus/rpc';
import type { FairSlots, TracedRows } from '@plexus/service-shell';
import type {
  AppserviceAppender,
  AppserviceProjections,
  AppserviceQueueReader,
  AppserviceQueueStates,
  AppserviceQueueTransactor,
  DeviceKeyRepository,
  DeviceListReader,
  HostedServer,
  LocalAliasReader,
  RoomLogPositionReader,
  RoomReader,
  ToDeviceInbox,
  ToDeviceWaitingReader,
} from '@plexus/storage';
import type { Topics } from '@plexus/topics';
import type { Failpoints } from './failpoints.ts';
import type { SendingObserver } from './queues/run-queue.ts';
import type { TransactionSender } from './queues/transaction-sender.ts';

/** What delivering to application services needs from outside. */
export interface DeliveryPorts {
  readonly registry: { all(): readonly Appservice[] };
  readonly rooms: RoomReader;
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly states: StateReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly aliases: LocalAliasReader;
  readonly appender: AppserviceAppender;
  readonly projections: AppserviceProjections;
  readonly queues: AppserviceQueueTransactor & AppserviceQueueReader;
  readonly queueStates: Pick<AppserviceQueueStates, 'listBusy'>;
  readonly waiting: ToDeviceWaitingReader;
  readonly inbox: Pick<ToDeviceInbox, 'readMessages' | 'removeMessages'>;
  readonly deviceLists: Pick<DeviceListReader, 'readDeviceListPosition' | 'readDeviceListChanges'>;
  readonly deviceKeys: Pick<DeviceKeyRepository, 'findDeviceKeys' | 'countKeys'>;
  readonly topics: Topics;
  readonly channels: Pick<AppservicesChannels, 'channelTo'>;
  readonly sender: TransactionSender;
  readonly slots: FairSlots;
  readonly tracedRows: Pick<TracedRows, 'latest'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: DeliveryObserver;
  hostedServers(): readonly Pick<HostedServer, 'serverName'>[];
  isHosted(serverName: string): boolean;
}

export interface DeliveryObserver extends SendingObserver {
  distributed(rows: number, lastEventAt: number | undefined): void;
}

export interface DeliverySettings {
  readonly roomShards: number;
  readonly hasPresence: boolean;
  /** What this process is called among its like. */
  readonly address: string;
  readonly keepSentMs: number;
}
