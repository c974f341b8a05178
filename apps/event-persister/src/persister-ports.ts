import type { NamedCache } from '@plexus/cache';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { PolicyAsker } from '@plexus/pdu-checks';
import type { RoomPlace } from '@plexus/room-view';
import type {
  HostedServerKeys,
  HostedServers,
  RoomOwnerReader,
  RoomSummaryProjection,
  RoomTransactor,
  StagedEventReader,
  UserRoomProjection,
  UserRoomReader,
} from '@plexus/storage';
import type { Producer } from '@plexus/topics';
import type { Failpoints } from './failpoints.ts';
import type { PduReceipt } from './in/pdu-consumer.ts';
import type { StateLimits } from './pdus/large-states.ts';
import type { ConflictResolver } from './pdus/state-resolver.ts';
import type { MemberFollower } from './remote-members/follow-members.ts';
import type { RoomMemoryLimits } from './rooms/room-memory.ts';
import type { SearchFollower } from './searching/search-indexer.ts';
import type { WriteLimits } from './writing/write-limits.ts';
import type { WriteObserver } from './writing/write-observer.ts';

/** What keeps the owner right; all on but in fault tests. */
export interface Protections {
  readonly epoch: boolean;
  readonly commandIds: boolean;
  readonly inboundOffsets: boolean;
}

export const ALL_PROTECTIONS: Protections = { epoch: true, commandIds: true, inboundOffsets: true };

export interface PersisterObserver extends WriteObserver {
  commandSettled(outcome: string, command: string): void;
  shardsOwned(count: number): void;
  pduReceived(receipt: PduReceipt): void;
  /** A PDU waited for events that nobody has. */
  pduGivenUp(place: { readonly roomId: string; readonly eventId: string }, because: string): void;
}

export interface EventPersisterPorts {
  readonly transactor: RoomTransactor;
  /** Where others know rooms to be, by room id. */
  readonly roomPlaces: Pick<NamedCache<RoomPlace>, 'change'>;
  readonly rooms: RoomOwnerReader;
  readonly userRooms: UserRoomReader;
  readonly staged: StagedEventReader;
  readonly projection: UserRoomProjection;
  readonly summaries: RoomSummaryProjection;
  readonly servers: HostedServers & HostedServerKeys;
  readonly producer: Producer;
  readonly resolver: ConflictResolver;
  readonly policy: PolicyAsker;
  readonly search: SearchFollower;
  readonly members: MemberFollower;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: PersisterObserver;
  /** Told that Postgres lacks what it had acknowledged. */
  commitsLost(): Promise<void>;
}

export interface EventPersisterOptions {
  readonly roomShards: number;
  readonly protections?: Protections;
  readonly writeLimits?: WriteLimits;
  readonly memoryLimits?: RoomMemoryLimits;
  readonly stateLimits?: StateLimits;
  /** How long a shard that is given up may take to finish what is under way. */
  readonly drainMs?: number;
}
