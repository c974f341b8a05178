export { roomShardOf } from './room-shard.ts';
export { MOST_COUNTED, STORED_QUEUES } from './operation/stored-queues.ts';
export type { StoredQueue, StoredQueueDepth, StoredQueueReader } from './operation/stored-queues.ts';
export type { RoomSummary, RoomSummaryProjection } from './rooms/room-summary.ts';
export type { HierarchyPageRepository } from './accounts/hierarchy-pages.ts';
export type { GuestMembershipReader } from './accounts/guest-memberships.ts';
export type { FoundUser, Nearness, UserDirectoryReader, UserSearch } from './accounts/user-directory.ts';
export { directoryNameOf } from './accounts/published-rooms.ts';
export type { DirectoryPlace, DirectoryQuery, PublishedRoomRepository } from './accounts/published-rooms.ts';
export { StorageError } from './storage-error.ts';
export { forgetUntil } from './forget-until.ts';
export type { Forgetting } from './forget-until.ts';
export { untilStored } from './until-stored.ts';
export type { UntilStoredPorts } from './until-stored.ts';
export { WantedShards } from './wanted-shards.ts';
export type { WantedShardsPorts } from './wanted-shards.ts';
export type { EventStatus, RoomLogKind, RoomLogRow, RoomRecord, StoredEvent } from './rooms/room-records.ts';
export type {
  EventOfRoom,
  RoomAs,
  RoomLogRangeQuery,
  RoomOfServer,
  RoomOfServerPage,
  RoomReader,
  RoomServersReader,
  ServerInRoom,
  ServerNamePage,
  TimelinePageQuery,
  TimelinePlace,
} from './rooms/room-reader.ts';
export { decodeMembershipWithoutRoom, encodeMembershipWithoutRoom } from './rooms/membership-without-room.ts';
export type { MembershipWithoutRoom } from './rooms/membership-without-room.ts';
export {
  decodeErasedEvents,
  decodePurgedEvents,
  encodeErasedEvents,
  encodePurgedEvents,
} from './rooms/purged-events.ts';
export { ROOM_ORDERS } from './rooms/room-descriptions.ts';
export type {
  ListedRoom,
  OutdatedRoom,
  RoomDescription,
  RoomDescriptionRepository,
  RoomListQuery,
  RoomOrder,
} from './rooms/room-descriptions.ts';
export type { BackfillProgress, FilledRelation, LogBackfill, LogFilling } from './rooms/log-backfill.ts';
export type { RoomSizeReader } from './rooms/room-size-reader.ts';
export type { RoomBlock, RoomBlockReader } from './rooms/room-block-reader.ts';
export type {
  HistoryEvent,
  HistoryPageQuery,
  RecentMembership,
  RecentMembershipQuery,
  RoomHistoryReader,
} from './rooms/room-history-reader.ts';
export type {
  BackwardExtremity,
  BackwardExtremityQuery,
  BackwardExtremityReader,
  RoomServerReader,
  RoomServers,
} from './rooms/room-gaps.ts';
export type { ClaimTimes, PartialJoin, PartialJoinRepository } from './rooms/partial-joins.ts';
export type {
  StagedEvent,
  StagedEventReader,
  StagedEventWriter,
  StagedImport,
  StagedPageQuery,
  StagedPart,
  StagedRow,
} from './rooms/staged-events.ts';
export type { RoomNumbers, StoredUnread, UnreadReader } from './rooms/unread-reader.ts';
export type {
  EventUnread,
  NewHighlight,
  NewReceipt,
  Receipt,
  ReceiptKey,
  ReceiptQuery,
  ReceiptReader,
  UnreadMarks,
} from './rooms/receipts.ts';
export type { GenerationStart, RoomLogPositionReader } from './rooms/room-log-position-reader.ts';
export type {
  EventPurge,
  ExecutedCommand,
  FilledExtremity,
  NewBackwardExtremity,
  NewDeadLetter,
  NewEvent,
  NewLogRow,
  NewRelation,
  NewRoom,
  NewStateNode,
  ParkedPdu,
  PlacedRelation,
  RedactedCopy,
  UnparkedPdu,
  RerootedEvent,
  RestoredEvent,
  ResidencyChange,
  EventErasure,
  RoomBlockChange,
  RoomChange,
  RoomImportChange,
  RoomRemoval,
  RoomWork,
  ShardAdvance,
  ShardCounters,
} from './rooms/room-work.ts';
export type { OwnedShard, RoomTransactor, ShardEpoch, StoreOutcome } from './rooms/room-transactor.ts';
export type { SharedRoom, SharedRoomReader, SharedRoomsQuery } from './rooms/shared-rooms.ts';
export type {
  CitingEvent,
  CitingPage,
  CommandResult,
  DeadLetterRecord,
  EventsOrRedactions,
  RoomImport,
  RoomOwnerReader,
  WaitingPdu,
} from './rooms/room-owner-reader.ts';
export type { HighlightedRoom, HighlightPlace, HighlightsPiece, LogTrimming, ReadUpTo } from './rooms/log-trimming.ts';
export type {
  GarbageRoom,
  AbandonedImport,
  RememberedShard,
  RemovedRoom,
  RemovedRoomReader,
  RoomHousekeeping,
  RootsPage,
} from './rooms/room-housekeeping.ts';
export type {
  AnnotationQuery,
  RelatedEvents,
  RelatedQuery,
  RelationParent,
  RelationPageQuery,
  RelationReader,
  ThreadPageQuery,
  ThreadPlace,
  ThreadSummary,
} from './rooms/relation-reader.ts';
export { SEARCH_KEYS } from './rooms/search-index.ts';
export type {
  SearchHitPlace,
  SearchDocument,
  SearchHit,
  SearchIndexWriter,
  SearchKey,
  SearchProgress,
  SearchQuery,
  SearchReader,
  SearchRoom,
  SearchUpdate,
} from './rooms/search-index.ts';
export type {
  RedactedMember,
  RemoteMember,
  RemoteMemberProgress,
  RemoteMemberProjection,
  RemoteMemberRoom,
  RemoteMemberState,
  RemoteMemberStep,
} from './rooms/remote-members.ts';
export type { RoomStateLister, RoomWithState } from './rooms/room-state-lister.ts';
export type { UserRoomProjection } from './rooms/user-room-projection.ts';
export type { UserRoom, UserRoomReader } from './rooms/user-room-reader.ts';
export type { ShardOwnerReader } from './rooms/shard-owner-reader.ts';
export type { DeadLetter, DeadLetterReader } from './rooms/dead-letter-reader.ts';
export type { GivenUpPdu, GivenUpPduQuery, GivenUpPduReader } from './rooms/given-up-pdus.ts';
export type { ParkedPduReader } from './rooms/parked-pdu-reader.ts';
export type { RowPlace } from './rooms/row-place.ts';
export type { ListedCopy, NotedCopyQuery, RedactedCopyQuery, RedactedCopyReader } from './rooms/redacted-copies.ts';
export type {
  FormerKeys,
  HostedServer,
  HostedServerChange,
  HostedServerKey,
  HostedServerKeys,
  HostedServerNotices,
  HostedServerQuotas,
  HostedServerRateLimits,
  HostedServerRepository,
  HostedServers,
  HostedServerSettings,
  HostedServerStatus,
  HostedServerSupport,
  NoticeWords,
  NewHostedServer,
} from './accounts/hosted-servers.ts';
export type { LogLevelRepository, LogLevels, SetLogLevel } from './accounts/log-levels.ts';
export type {
  ErasedUserReader,
  Moderation,
  NewUser,
  PasswordChange,
  Registration,
  RegistrationOutcome,
  UserProfile,
  UserRecord,
  UserRepository,
} from './accounts/users.ts';
export type {
  AccessRecord,
  AccessTokenReader,
  AddDeviceOutcome,
  NewDevice,
  NewRefreshToken,
  NewSession,
  NewTokens,
  OpenOutcome,
  RefreshOutcome,
  SessionRepository,
} from './accounts/sessions.ts';
export type {
  AuthSession,
  AuthSessionRepository,
  CompletedStages,
  NewAuthSession,
  StageCompletion,
  StageOutcome,
} from './accounts/auth-sessions.ts';
export type { DeviceRecord, DeviceRepository } from './accounts/devices.ts';
export type { UserActivityReader } from './accounts/user-activity.ts';
export type {
  NewRegistrationToken,
  RegistrationToken,
  RegistrationTokenChange,
  RegistrationTokenRepository,
} from './accounts/registration-tokens.ts';
export type {
  ShortLivedToken,
  ShortLivedTokenReader,
  ShortLivedTokenRepository,
  TokenPurpose,
} from './accounts/short-lived-tokens.ts';
export { MAX_FILTERS } from './accounts/filters.ts';
export type { FilterReader, FilterRepository } from './accounts/filters.ts';
export type {
  ForgottenRoomReader,
  ForgottenRoomRepository,
  RoomAlias,
  LocalAliasReader,
  RoomAliasRepository,
  RoomCreation,
  RoomCreationRepository,
} from './accounts/rooms-of-accounts.ts';
export { USER_ORDERS } from './accounts/user-admin.ts';
export type {
  AdminUser,
  AdminUserChange,
  AdminUserQuery,
  ExternalId,
  RateLimitOverride,
  RateLimitOverrideReader,
  UserAdminRepository,
  UserOrder,
} from './accounts/user-admin.ts';
export type { ExportRepository, UserDataReader } from './accounts/user-data.ts';
export type { RoomAdminRepository, RoomUser, RoomUserQuery } from './accounts/room-admin.ts';
export type { CacheFactorCopy, CacheFactorRepository, SetCacheFactors } from './accounts/cache-factors.ts';
export type { AuditEntry, AuditLog, AuditOutcome, AuditQuery, NewAuditEntry } from './accounts/audit-log.ts';
export type {
  AdminJob,
  AdminJobEnd,
  AdminJobQuery,
  AdminJobRepository,
  AdminJobStatus,
  NewAdminJob,
} from './accounts/admin-jobs.ts';
export type { ServerRemoval, ServerRemovalProgress, ServerRemovalRepository } from './accounts/server-removals.ts';
export type {
  NewEventReport,
  NewRoomReport,
  NewUserReport,
  ReportPage,
  ReportQuery,
  ReportRepository,
  StoredReport,
} from './accounts/reports.ts';
export { MAX_KEYS_OF_DEVICE } from './keys/device-keys.ts';
export type { UserKeyVersionReader } from './keys/user-key-versions.ts';
export type {
  ClaimedKey,
  DeviceKeyCountReader,
  DeviceKeyCounts,
  DeviceKeyRepository,
  DeviceKeysRecord,
  DeviceQuery,
  KeyClaim,
  KeyUploadOutcome,
  NewDeviceKeys,
  OneTimeKey,
} from './keys/device-keys.ts';
export type {
  CrossSigningKeyRecord,
  CrossSigningRepository,
  CrossSigningUsage,
  KeySignature,
  StoreCrossSigningOutcome,
} from './keys/cross-signing-keys.ts';
export type {
  ChangedUsersQuery,
  DeviceListChange,
  DeviceListReader,
  DeviceListVersionReader,
} from './keys/device-lists.ts';
export type {
  RemoteDeviceList,
  RemoteDeviceListRepository,
  RemoteDeviceListWriter,
  RemoteDeviceUpdate,
  RemoteListAnchor,
  StoredRemoteDeviceList,
} from './keys/remote-device-lists.ts';
export type {
  BackedUpKey,
  BackupState,
  KeyBackup,
  KeyBackupRepository,
  KeySelection,
  StoreBackedUpKeysOutcome,
} from './keys/key-backups.ts';
export { MAX_LOCKED_USERS } from './user-streams/user-streams.ts';
export type { UserStreamRange } from './user-streams/user-stream-range.ts';
export type {
  StoredUserItems,
  UserStreamReader,
  UserStreamTransaction,
  UserStreamTransactor,
} from './user-streams/user-streams.ts';
export type {
  AccountDataItem,
  AccountDataKey,
  AccountDataReader,
  AccountDataSize,
  AccountDataWriter,
} from './user-streams/account-data.ts';
export type { DeviceSighting, DeviceSightingRepository, TokenUseRepository } from './sync/device-sightings.ts';
export type { JudgedEvent, JudgedPiece, JudgedUnread, JudgedUnreadRepository } from './sync/judged-unread.ts';
export type { PresenceStatusRepository } from './sync/presence-statuses.ts';
export type { DehydratedDevice, DehydratedDeviceRepository, NewDehydratedDevice } from './keys/dehydrated-devices.ts';
export { MAX_WAITING_MESSAGES } from './user-streams/to-device.ts';
export type {
  DeviceAddress,
  NewToDeviceMessage,
  ToDeviceInbox,
  ToDevicePage,
  ToDeviceTransaction,
  ToDeviceWaitingReader,
  ToDeviceWriter,
  WaitingDevice,
} from './user-streams/to-device.ts';
export type { AccountDeactivation, AccountDeactivationRepository } from './accounts/account-deactivations.ts';
export type { ExpiredRowRepository } from './accounts/expired-rows.ts';
export type {
  EmailValidationRepository,
  NewEmailValidation,
  StoredThreepid,
  Threepid,
  ThreepidRepository,
  ValidationPurpose,
} from './accounts/threepids.ts';
export { MAX_PROFILE_BYTES } from './accounts/profiles.ts';
export type {
  ProfileFields,
  ProfilePropagation,
  ProfilePropagationRepository,
  ProfileRepository,
} from './accounts/profiles.ts';
export { MAX_KEPT_DOCUMENT_BYTES, MAX_KEYS_PER_SERVER } from './federation/server-keys.ts';
export type {
  ServerKeyDocument,
  ServerKeyReader,
  ServerKeyRepository,
  StoredServerKey,
} from './federation/server-keys.ts';
export type { SenderReplicaReader, SenderReplicaRepository } from './federation/sender-replicas.ts';
export { isAnnounced, SIGNER_LEASE_MS } from './accounts/hosted-servers.ts';
export type { EarlyReceipt, EarlyReceiptRepository } from './federation/early-receipts.ts';
export type { IncomingTransactionKey, IncomingTransactionRepository } from './federation/incoming-transactions.ts';
export { DESTINATION_ORDERS, MAX_WAITING_EDUS } from './federation/outbound-queues.ts';
export type {
  DestinationOrder,
  DestinationQuery,
  DestinationReader,
  DestinationRecord,
  DestinationShardEpoch,
  DestinationShardRecord,
  DestinationSummary,
  NewOutgoingEdu,
  OutboundDeviceLists,
  OutboundPositions,
  OutboundProgress,
  OutboundReader,
  OutboundTransactor,
  OutboundWork,
  OutgoingEdus,
  OutgoingEvent,
  OutgoingTransaction,
  QueueChange,
  QueueKey,
  QueueWithEdus,
  ResidencyReader,
  ResidentInterval,
  StoredEdu,
} from './federation/outbound-queues.ts';
export type {
  GoneNoticesRepository,
  NewNoticeRoom,
  NoticeRoom,
  NoticeRoomReader,
  NoticeRoomRepository,
} from './notices/notice-rooms.ts';
export type {
  NewNoticeDelivery,
  NoticeCheckRepository,
  NoticeDelivery,
  NoticeDeliveryRepository,
  NoticeRound,
  NoticeRoundRepository,
  RoundProgress,
  SentNoticeReader,
  TakenPosition,
} from './notices/notice-deliveries.ts';
export { CONSENT_NOTICES, consentNoticeId, versionOfConsentNotice } from './notices/consent-notices.ts';
export { audienceOfJson } from './notices/broadcasts.ts';
export type {
  Broadcast,
  BroadcastAudience,
  BroadcastQuery,
  BroadcastReader,
  BroadcastRepository,
  BroadcastStatus,
  BroadcastTurn,
  FailedRecipient,
  NewBroadcast,
  RecipientOutcome,
} from './notices/broadcasts.ts';
export type {
  ServerAccounts,
  ServerUse,
  ServerUseCounter,
  ServerUseReader,
  ServerUseRecord,
} from './accounts/server-use.ts';
export type { NoticesTurns, ServerUsage, UsageCountRepository, UsageCounts } from './notices/usage-counts.ts';
export type { NoticesReplicaReader, NoticesReplicaRepository } from './notices/notices-replicas.ts';
export {
  APPSERVICE_ITEM_KINDS,
  appserviceInboxName,
  DEVICE_LIST_SOURCE,
  roomLogSource,
} from './appservices/appservice-queues.ts';
export type {
  AppserviceAppend,
  AppserviceAppender,
  AppserviceEventPlace,
  AppserviceInboxKey,
  AppserviceInboxRead,
  AppserviceItem,
  AppserviceItemKind,
  AppserviceMember,
  AppserviceMemberKey,
  AppserviceMove,
  AppservicePlace,
  AppserviceProjections,
  AppserviceQueueChange,
  AppserviceQueueReader,
  AppserviceQueueRecord,
  AppserviceQueueState,
  AppserviceQueueStates,
  AppserviceQueueTransactor,
  AppserviceRoom,
  AppserviceRoomKey,
  AppserviceSharingChange,
  AppserviceShardEpoch,
  AppserviceTransactionRecord,
  JoinedUser,
  NewAppserviceItem,
} from './appservices/appservice-queues.ts';
export { ACCOUNT_PARTITIONS, accountPartitionOf, keyOfFact } from './account-events/account-partition.ts';
export type {
  AccountEvent,
  AccountEventOutbox,
  AccountEventReader,
  AccountFact,
  SeenUserRepository,
  UnpublishedPartition,
} from './account-events/account-events.ts';
export type {
  DocumentFormat,
  NewPolicyVersion,
  Policies,
  Policy,
  PolicyDocument,
  PolicyDocumentReader,
  PolicyRepository,
  PolicySettings,
  PolicyVersion,
  PublishOutcome,
} from './consent/policies.ts';
export { policiesInForce } from './consent/policies.ts';
export type {
  Consent,
  ConsentKeyReader,
  ConsentOutcome,
  ConsentReader,
  ConsentRepository,
  ConsentWay,
  NewConsent,
  RequiredConsent,
} from './consent/consents.ts';
export type {
  AppserviceChange,
  AppserviceNamespace,
  AppserviceNamespaces,
  AppserviceRecord,
  AppserviceRepository,
  Appservices,
  AppserviceServers,
  AppserviceSettings,
  AppserviceStoreOutcome,
  AppserviceToken,
  NewAppservice,
} from './appservices/appservices.ts';
