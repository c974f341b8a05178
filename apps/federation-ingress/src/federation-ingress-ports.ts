import type { QueryAppservicesPorts } from '@plexus/appservices';
import type { NamedCache } from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';
import type { PduChecker } from '@plexus/pdu-checks';
import type { KeyFetcher, KeyRing, RemoteRooms, RemoteServers } from '@plexus/remote-servers';
import type { ServerAcl, StateNode } from '@plexus/room-dag';
import type { RoomWriter } from '@plexus/rpc';
import type { FederationPolicy, PeerSightings, RateLimiter } from '@plexus/service-shell';
import type {
  DeviceKeyCounts,
  DeviceKeyRepository,
  DeviceListVersionReader,
  ErasedUserReader,
  HostedServerKeys,
  HostedServers,
  IncomingTransactionRepository,
  ProfileRepository,
  PublishedRoomRepository,
  RemoteDeviceListWriter,
  RoomAliasRepository,
  RoomBlockReader,
  RoomReader,
  ServerKeyReader,
  ShortLivedTokenReader,
  UserRepository,
  UserRoomReader,
  UserStreamTransactor,
} from '@plexus/storage';
import type { Producer } from '@plexus/topics';
import type { StoredUserKeys } from '@plexus/user-keys';
import type { AnnouncedUserStreams, StoredAccountSettings } from '@plexus/user-streams';
import type { EarlyReceipts } from './transactions/early-receipts.ts';
import type { EphemeralRecords } from './transactions/ephemeral-records.ts';

/** What `federation-ingress` needs from outside. Only the composition sees all of it; every use case gets what it uses. */
export interface FederationIngressPorts {
  readonly servers: HostedServers & HostedServerKeys;
  readonly policy: Pick<FederationPolicy, 'allows'>;
  readonly sightings: PeerSightings;
  readonly keyRing: KeyRing;
  readonly keyFetcher: KeyFetcher;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly remoteRooms: Pick<RemoteRooms, 'inviteUser'>;
  readonly serverKeys: ServerKeyReader;
  readonly checker: PduChecker;
  readonly rooms: RoomReader;
  readonly stateNodes: NamedCache<StateNode>;
  readonly acls: NamedCache<ServerAcl>;
  readonly writer: RoomWriter;
  readonly producer: Pick<Producer, 'send'>;
  readonly transactions: IncomingTransactionRepository;
  readonly earlyReceipts: Pick<EarlyReceipts, 'keep' | 'takeOverUntil'>;
  readonly records: EphemeralRecords;
  readonly userStreams: UserStreamTransactor & Pick<AnnouncedUserStreams, 'deviceListChanged'>;
  readonly users: Pick<UserRepository, 'findUser' | 'findProfiles'> & ErasedUserReader;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  readonly blocks: RoomBlockReader;
  readonly limiter: RateLimiter;
  readonly profiles: Pick<ProfileRepository, 'findProfile'>;
  readonly aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly appservices: QueryAppservicesPorts;
  readonly published: Pick<PublishedRoomRepository, 'pagePublishedRooms' | 'countPublishedRooms'>;
  readonly shortLived: ShortLivedTokenReader;
  readonly deviceKeys: Pick<DeviceKeyRepository, 'claimKeys'>;
  readonly deviceVersions: DeviceListVersionReader;
  readonly deviceLists: RemoteDeviceListWriter;
  readonly storedKeys: Pick<StoredUserKeys, 'find'>;
  /** By `deviceKeyCountsKey`. */
  readonly keyCounts: NamedCache<DeviceKeyCounts>;
  readonly clock: Clock;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  shardOf(id: string): number;
}
