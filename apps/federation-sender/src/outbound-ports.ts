import type { NamedCache } from '@plexus/cache';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomPlaces } from '@plexus/room-view';
import type { FairSlots } from '@plexus/service-shell';
import type {
  OutboundPositions,
  OutboundReader,
  OutboundTransactor,
  ResidencyReader,
  RoomLogPositionReader,
  RoomReader,
  UserRoomReader,
} from '@plexus/storage';
import type { Topics } from '@plexus/topics';
import type { FederationRules } from './destinations/choose-destinations.ts';
import type { DistributeDeviceListsPorts } from './destinations/distribute-device-lists.ts';
import type { RoomServers } from './destinations/resident-servers.ts';
import type { Failpoints } from './failpoints.ts';
import type { SendingObserver, SendingSettings } from './queues/run-queue.ts';
import type { TransactionSender } from './queues/transaction-sender.ts';

/** What sending to other servers needs from outside. */
export interface OutboundPorts extends FederationRules {
  readonly rooms: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration' | 'readGenerationStarts'>;
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly residency: ResidencyReader;
  /** Which other servers are in rooms. */
  readonly joinedHosts: NamedCache<RoomServers>;
  /** The JSON of events. */
  readonly events: NamedCache<Buffer>;
  readonly positions: OutboundPositions;
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly deviceLists: Omit<DistributeDeviceListsPorts, 'servers' | 'isHosted'>;
  /** Asks for the content of events that came without it. */
  readonly contents: { execute(): Promise<void> };
  readonly queues: OutboundReader;
  readonly transactor: OutboundTransactor;
  readonly topics: Topics;
  readonly sender: TransactionSender;
  readonly slots: FairSlots;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: OutboundObserver;
}

export interface OutboundObserver extends SendingObserver {
  /** So many rows of the room log were gone through, and an event of this time was the last of them; nothing: none. */
  distributed(rows: number, lastEventAt: number | undefined): void;
}

export interface OutboundSettings extends SendingSettings {
  readonly roomShards: number;
  /** Whether others are told who is there. */
  readonly hasPresence: boolean;
  /** What this process is called among its like. */
  readonly address: string;
}
