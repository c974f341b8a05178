export { roomWriterContract } from './contracts/room-writer-contract.ts';
export type { RoomWriterHarness } from './contracts/room-writer-contract.ts';
export { sharedCacheContract } from './contracts/shared-cache-contract.ts';
export { tokenBucketsContract } from './contracts/token-buckets-contract.ts';
export type { TokenBucketsHarness } from './contracts/token-buckets-contract.ts';
export { FakeRelations } from './rooms/fake-relations.ts';
export { FakeRooms } from './rooms/fake-rooms.ts';
export type { FakeEvent } from './rooms/fake-rooms.ts';
export { administrationContract } from './contracts/administration-contract.ts';
export type { AdministrationHarness } from './contracts/administration-contract.ts';
export { accountsContract } from './contracts/accounts-contract.ts';
export type { AccountsHarness } from './contracts/accounts-contract.ts';
export { hostedServersContract } from './contracts/hosted-servers-contract.ts';
export type { HostedServersHarness } from './contracts/hosted-servers-contract.ts';
export { FakeAccountDeactivations } from './accounts/fake-account-deactivations.ts';
export { FakeThreepids } from './accounts/fake-threepids.ts';
export { FakeAuthSessions } from './accounts/fake-auth-sessions.ts';
export { authenticationContract } from './contracts/authentication-contract.ts';
export type { AuthenticationHarness } from './contracts/authentication-contract.ts';
export { FakeAdminJobs } from './accounts/fake-admin-jobs.ts';
export { FakeAuditLog } from './accounts/fake-audit-log.ts';
export { FakeAccounts } from './accounts/fake-accounts.ts';
export { FakeHostedServers } from './accounts/fake-hosted-servers.ts';
export { FakeHierarchyPages } from './accounts/fake-hierarchy-pages.ts';
export { FakeUserDirectory } from './accounts/fake-user-directory.ts';
export { FakeJudgedUnread } from './sync/fake-judged-unread.ts';
export { judgedUnreadContract } from './contracts/judged-unread-contract.ts';
export { FakePresenceStatuses } from './sync/fake-presence-statuses.ts';
export { FakeProfiles } from './accounts/fake-profiles.ts';
export { profilesContract } from './contracts/profiles-contract.ts';
export type { ProfilesHarness } from './contracts/profiles-contract.ts';
export { FakeReports } from './accounts/fake-reports.ts';
export { reportsContract } from './contracts/reports-contract.ts';
export type { ReportsHarness } from './contracts/reports-contract.ts';
export { FakeServerRemovals } from './accounts/fake-server-removals.ts';
export { FakeCache } from './cache/fake-cache.ts';
export { sharedTopicsContract, topicsContract } from './contracts/topics-contract.ts';
export type { TopicsHarness } from './contracts/topics-contract.ts';
export { disturbTopics } from './topics/disturbed-topics.ts';
export type { Disturbance } from './topics/disturbed-topics.ts';
export { FakeTopicBroker } from './topics/fake-topic-broker.ts';
export { FakeTopics } from './topics/fake-topics.ts';
export { CollectingMember, RecordCollector } from './topics/record-collector.ts';
export { textTopic } from './topics/text-topic.ts';
export { FakeCrossSigning } from './keys/fake-cross-signing.ts';
export { FakeDeviceKeys } from './keys/fake-device-keys.ts';
export { keysContract } from './contracts/keys-contract.ts';
export type { KeysHarness } from './contracts/keys-contract.ts';
export { FakeKeyBackups } from './keys/fake-key-backups.ts';
export { keyBackupsContract } from './contracts/key-backups-contract.ts';
export type { KeyBackupsHarness } from './contracts/key-backups-contract.ts';
export { userStreamsContract } from './contracts/user-streams-contract.ts';
export type { UserStreamsHarness } from './contracts/user-streams-contract.ts';
export { FakeUserStreams } from './user-streams/fake-user-streams.ts';
export { FakeDehydratedDevices } from './keys/fake-dehydrated-devices.ts';
export { FakeDeviceLists } from './keys/fake-device-lists.ts';
export { toDeviceContract } from './contracts/to-device-contract.ts';
export type { ToDeviceHarness } from './contracts/to-device-contract.ts';
export { UnreadModel } from './unread/unread-model.ts';
export { RemoteHomeserver } from './federation/remote-homeserver.ts';
export type {
  AnswerRequest,
  ReceivedAnswer,
  ReceivedRequest,
  RemoteHomeserverOptions,
  ScriptedAnswer,
  SentRequest,
} from './federation/remote-homeserver.ts';
export { RemoteRoom } from './federation/remote-room.ts';
export type { RemoteProtoEvent, RemoteRoomOptions } from './federation/remote-room.ts';
export { serveRoom } from './federation/serve-room.ts';
export { sendersContract } from './contracts/senders-contract.ts';
export type { SendersHarness } from './contracts/senders-contract.ts';
