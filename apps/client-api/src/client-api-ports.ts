import type { AdminPorts } from './admin-ports.ts';
import type { NamedCache } from '@plexus/cache';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { StateNode } from '@plexus/room-dag';
import type { RemoteRooms, RemoteServers } from '@plexus/remote-servers';
import type { Notices, RoomWriter } from '@plexus/rpc';
import type {
  DeviceSightings,
  FairSlots,
  FederationPolicy,
  OutgoingQueues,
  RateLimiter,
  UsageGate,
} from '@plexus/service-shell';
import type {
  AccessRecord,
  AccountDeactivationRepository,
  AccountDataReader,
  AuthSessionRepository,
  BackwardExtremityReader,
  ConsentReader,
  DeviceRepository,
  EmailValidationRepository,
  DeadLetterReader,
  GivenUpPduReader,
  FilterRepository,
  ForgottenRoomRepository,
  HostedServerKeys,
  HostedServerRepository,
  HostedServers,
  NoticeRoomReader,
  SentNoticeReader,
  PolicyRepository,
  PublishedRoomRepository,
  HierarchyPageRepository,
  ProfilePropagationRepository,
  GuestMembershipReader,
  UserDirectoryReader,
  ProfileRepository,
  ReportRepository,
  RedactedCopyReader,
  RelationReader,
  RegistrationTokenRepository,
  RemovedRoomReader,
  RoomAliasRepository,
  RoomCreationRepository,
  RoomLogPositionReader,
  RoomReader,
  SearchReader,
  ServerRemovalRepository,
  SessionRepository,
  ShortLivedTokenRepository,
  ThreepidRepository,
  UserRepository,
  UserRoomReader,
  UserStreamTransactor,
} from '@plexus/storage';
import type { AccountSettings, StoredAccountSettings, StoredAliases, StoredProfiles } from '@plexus/user-streams';
import type { PasswordHasher } from './accounts/password-hasher.ts';
import type { QuotaBoard } from './quotas/quota-board.ts';
import type { RequireConsent } from './consent/require-consent.ts';
import type { AppservicePorts } from './appservices/appservice-ports.ts';
import type { KeyPorts } from './keys/key-ports.ts';
import type { EphemeralPublisher } from './ephemeral/ephemeral-publisher.ts';
import type { Mailer } from './threepids/mailer.ts';
import type { WakeUp } from './profiles/wake-up.ts';
import type { AclDenial } from './rooms/find-denied-servers.ts';

/** What `client-api` needs from outside. Only the composition sees all of it; every use case gets what it uses. */
export interface ClientApiPorts {
  readonly admin: AdminPorts;
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly deactivations: AccountDeactivationRepository;
  readonly devices: DeviceRepository;
  readonly authSessions: AuthSessionRepository;
  readonly registrationTokens: RegistrationTokenRepository;
  readonly shortLived: ShortLivedTokenRepository;
  readonly threepids: ThreepidRepository;
  readonly validations: EmailValidationRepository;
  readonly mailer: Mailer;
  readonly filters: FilterRepository;
  readonly creations: RoomCreationRepository;
  readonly aliases: RoomAliasRepository;
  /** As `aliases`, through a cache. */
  readonly storedAliases: Pick<StoredAliases, 'findAlias'>;
  readonly published: PublishedRoomRepository;
  readonly forgotten: ForgottenRoomRepository;
  readonly reports: ReportRepository;
  readonly profiles: ProfileRepository;
  /** Profiles through a cache. */
  readonly storedProfiles: Pick<StoredProfiles, 'findProfile' | 'findProfiles'>;
  readonly propagations: ProfilePropagationRepository;
  readonly profileChanges: WakeUp;
  readonly pages: HierarchyPageRepository;
  readonly userDirectory: UserDirectoryReader;
  readonly guests: GuestMembershipReader;
  readonly removals: ServerRemovalRepository;
  readonly removedRooms: RemovedRoomReader;
  readonly servers: HostedServers & HostedServerKeys & HostedServerRepository;
  readonly rooms: RoomReader;
  readonly positions: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly relations: RelationReader;
  readonly search: SearchReader;
  readonly userRooms: UserRoomReader;
  readonly deadLetters: DeadLetterReader;
  readonly givenUp: GivenUpPduReader;
  readonly redactedCopies: Pick<RedactedCopyReader, 'listRedactedCopies'>;
  readonly userStreams: UserStreamTransactor;
  readonly accountData: AccountDataReader;
  readonly settings: Pick<StoredAccountSettings, 'find'>;
  /** What `settings` is read through. */
  readonly accountSettings: NamedCache<AccountSettings>;
  /** What is stored of users' push rules. */
  readonly pushRules: NamedCache<string>;
  readonly writer: RoomWriter;
  /** What hosted servers tell their users. */
  readonly notices: Notices;
  readonly noticeRooms: NoticeRoomReader;
  readonly sentNotices: SentNoticeReader;
  /** Whether a hosted user is the one who sends their server's notices. */
  readonly isNoticesUser: (userId: string) => boolean;
  /** Hears of each request of a user of this hosted server. */
  readonly requested?: ((serverName: string) => void) | undefined;
  readonly remoteServers: RemoteServers;
  readonly remoteRooms: RemoteRooms;
  /** Where the stored history of rooms ends. */
  readonly extremities: BackwardExtremityReader;
  readonly ephemeral: EphemeralPublisher;
  /** What goes to other servers, and who has to do with whom. */
  readonly outgoing: Pick<OutgoingQueues, 'storeEdus' | 'tryAgain'>;
  readonly policy: Pick<FederationPolicy, 'allows'>;
  readonly tokens: NamedCache<AccessRecord>;
  readonly stateNodes: NamedCache<StateNode>;
  readonly keys: KeyPorts;
  readonly sightings: Pick<DeviceSightings, 'seen'>;
  readonly passwords: PasswordHasher;
  readonly limiter: RateLimiter;
  /** What users are asked to agree to, who has, and who therefore may write. */
  readonly policies: PolicyRepository;
  readonly consents: ConsentReader;
  readonly requireConsent: Pick<RequireConsent, 'execute'>;
  readonly quotas: Pick<QuotaBoard, 'findExceeded'>;
  readonly usage: Pick<UsageGate, 'check' | 'checkNew'>;
  /** Hears of server ACLs by which hosted users keep other hosted servers out of rooms that these are in. */
  readonly aclDenies: (denial: AclDenial) => void;
  /** Is given the places of requests, to tell how many wait. */
  readonly watchSlots?: (slots: Pick<FairSlots, 'size'>) => void;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly appservices: AppservicePorts;
}
