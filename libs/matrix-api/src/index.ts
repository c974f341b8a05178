export { Shape } from './shape.ts';
export type { Described, Schema } from './schema.ts';
export { readBody } from './validation/read-body.ts';
export type { BodyRules } from './validation/read-body.ts';
export { readQuery } from './validation/read-query.ts';

export {
  registerQuery,
  registerRequest,
  registerResponse,
  usernameAvailableQuery,
  usernameAvailableResponse,
} from './client/register.ts';
export type { RegisterRequest, RegisterResponse } from './client/register.ts';
export { authData, authFallbackQuery, authFallbackRequest, authResponse } from './client/user-interactive-auth.ts';
export type { AuthData, AuthResponse, ThreepidCredentials, UserIdentifier } from './client/user-interactive-auth.ts';
export {
  changePasswordRequest,
  deactivateRequest,
  deactivateResponse,
  loginTokenRequest,
  loginTokenResponse,
  openIdTokenRequest,
  openIdTokenResponse,
  refreshRequest,
  refreshResponse,
  turnServerResponse,
} from './client/account.ts';
export type {
  ChangePasswordRequest,
  DeactivateRequest,
  DeactivateResponse,
  LoginTokenResponse,
  OpenIdTokenResponse,
  RefreshResponse,
  TurnServerResponse,
} from './client/account.ts';
export {
  deviceResponse,
  devicesResponse,
  removeDeviceRequest,
  removeDevicesRequest,
  renameDeviceRequest,
} from './client/devices.ts';
export type { DeviceBody } from './client/devices.ts';
export { lockRequest, suspendRequest } from './client/account-moderation.ts';
export { registrationTokenValidityQuery, registrationTokenValidityResponse } from './client/registration-tokens.ts';
export { loginFlowsResponse, loginRequest, loginResponse, whoAmIResponse } from './client/login.ts';
export type { LoginFlowsResponse, LoginRequest, LoginResponse, WhoAmIResponse } from './client/login.ts';
export { createRoomRequest, createRoomResponse } from './client/create-room.ts';
export type { CreateRoomRequest } from './client/create-room.ts';
export {
  emptyResponse,
  inviteRequest,
  joinedRoomsResponse,
  joinQuery,
  joinRequest,
  joinResponse,
  leaveRequest,
  targetedRequest,
} from './client/membership.ts';
export type {
  InviteRequest,
  JoinedRoomsResponse,
  JoinRequest,
  LeaveRequest,
  TargetedRequest,
  ThirdPartySigned,
} from './client/membership.ts';
export {
  clientEventResponse,
  contextQuery,
  eventAtQuery,
  eventContentRequest,
  eventIdResponse,
  joinedMembersResponse,
  membersQuery,
  membersResponse,
  messagesQuery,
  messagesResponse,
  redactRequest,
  relationsQuery,
  roomInitialSyncQuery,
  roomStateResponse,
  stateEventQuery,
  threadsQuery,
} from './client/room-events.ts';
export type {
  EventIdResponse,
  JoinedMembersResponse,
  MembersQuery,
  MessagesQuery,
  RedactRequest,
} from './client/room-events.ts';
export {
  addAliasRequest,
  mutualRoomsQuery,
  mutualRoomsResponse,
  publicRoomsQuery,
  publicRoomsRequest,
  publicRoomsResponse,
  publicRoomsServerQuery,
  visibilityRequest,
} from './client/directory.ts';
export type {
  MutualRoomsResponse,
  PublicRoomsRequest,
  PublicRoomsResponse,
  PublishedRoom,
} from './client/directory.ts';
export { hierarchyQuery } from './client/spaces.ts';
export type { HierarchyQuery, HierarchyResponse, HierarchyRoom, RoomSummaryBody } from './client/spaces.ts';
export { userSearchRequest, userSearchResponse } from './client/user-directory.ts';
export type { UserSearchRequest, UserSearchResponse } from './client/user-directory.ts';
export { upgradeRequest } from './client/upgrade.ts';
export type { UpgradeRequest } from './client/upgrade.ts';
export { profileFieldRequest } from './client/profile.ts';
export { eventReportRequest, reportRequest } from './client/report.ts';
export type { EventReportRequest } from './client/report.ts';
export { presenceRequest, readMarkersRequest, receiptRequest, typingRequest } from './client/ephemeral.ts';
export type { ReceiptRequest, TypingRequest } from './client/ephemeral.ts';
export { searchQuery, searchRequest } from './client/search.ts';
export type { RoomEventsCriteria, SearchRequest } from './client/search.ts';
export { filterDefinition, filterIdResponse, roomEventFilterDefinition } from './client/filter.ts';
export type { EventFilter, FilterDefinition, RoomEventFilter } from './client/filter.ts';
export { matchesEventFilter, matchesRoom } from './client/match-event-filter.ts';
export { sendToDeviceRequest } from './client/to-device.ts';
export type { SendToDeviceRequest } from './client/to-device.ts';
export { pushRuleActionsRequest, pushRuleEnabledRequest, pushRulePlaceQuery } from './client/push-rules.ts';
export { tagRequest } from './client/tags.ts';
export { eventsQuery, initialSyncQuery, syncQuery, syncResponse } from './client/sync.ts';
export type { SyncQuery } from './client/sync.ts';
export type { FilteredEvent } from './client/match-event-filter.ts';
export {
  capabilitiesResponse,
  clientWellKnownResponse,
  errorResponse,
  serverWellKnownResponse,
  supportWellKnownResponse,
  versionsResponse,
} from './client/discovery.ts';
export type {
  CapabilitiesResponse,
  ClientWellKnownResponse,
  SupportWellKnownResponse,
  VersionsResponse,
} from './client/discovery.ts';

export {
  addServerRequest,
  changeServerSettingsRequest,
  hostedServerResponse,
  hostedServersResponse,
  importSigningKeysRequest,
  serverRemovalResponse,
  serverUsageResponse,
  serverUsagesQuery,
  serverUsagesResponse,
} from './admin/servers.ts';
export type {
  AddServerRequest,
  HostedServerBody,
  ServerRemovalBody,
  ServerSettingsBody,
  ServerUsageBody,
  ServerUsagesBody,
} from './admin/servers.ts';
export {
  adminJoinRequest,
  adminJoinResponse,
  adminRoomMembersResponse,
  adminRoomResponse,
  adminRoomsQuery,
  adminRoomsResponse,
  adminRoomStateQuery,
  adminRoomStateResponse,
  blockRoomRequest,
  blockRoomResponse,
  deleteRoomIdResponse,
  deleteRoomRequest,
  deleteRoomResponse,
  deleteStatusesResponse,
  deleteStatusResponse,
  forwardExtremitiesResponse,
  makeRoomAdminRequest,
  removedExtremitiesResponse,
} from './admin/rooms.ts';
export type {
  AdminRoomDetails,
  AdminRoomsBody,
  BlockRoomBody,
  DeleteRoomRequest,
  DeleteStatusBody,
  ForwardExtremitiesBody,
} from './admin/rooms.ts';
export { logLevelsResponse, setLogLevelRequest } from './admin/log-levels.ts';
export type { LogLevelsBody } from './admin/log-levels.ts';
export { eventReportResponse, eventReportsQuery, eventReportsResponse } from './admin/event-reports.ts';
export type { EventReportBody, EventReportsBody } from './admin/event-reports.ts';
export {
  roomReportResponse,
  roomReportsQuery,
  roomReportsResponse,
  userReportResponse,
  userReportsQuery,
  userReportsResponse,
} from './admin/reports.ts';
export type { RoomReportBody, RoomReportsBody, UserReportBody, UserReportsBody } from './admin/reports.ts';
export {
  joinedRoomCountResponse,
  sentInviteCountResponse,
  sinceQuery,
  accountDataOfUserResponse,
  adminDeviceResponse,
  adminDevicesResponse,
  administratorRequest,
  adminUserResponse,
  adminUsersQuery,
  adminUsersResponse,
  createDeviceRequest,
  deactivateUserRequest,
  deleteDevicesRequest,
  eraseUserRequest,
  isAdminResponse,
  jobIdResponse,
  joinedRoomsOfUserResponse,
  logInAsRequest,
  logInAsResponse,
  membershipsResponse,
  modifyUserRequest,
  rateLimitRequest,
  rateLimitResponse,
  redactStatusResponse,
  redactUserRequest,
  redactUserResponse,
  renameUserDeviceRequest,
  resetPasswordRequest,
  setAdminRequest,
  suspendUserRequest,
  userIdResponse,
  usernameResponse,
  whoIsResponse,
} from './admin/users.ts';
export type {
  AdminDeviceBody,
  AdminUserBody,
  AdminUsersBody,
  AdminUsersQuery,
  ModifyUserRequest,
} from './admin/users.ts';
export {
  roomSizesResponse,
  scheduledTasksQuery,
  scheduledTasksResponse,
  serverVersionResponse,
} from './admin/deployment.ts';
export type { ScheduledTaskBody } from './admin/deployment.ts';
export { cacheFactorResponse, cachesResponse, setCacheFactorRequest } from './admin/caches.ts';
export type { CacheFactorBody, CachesBody } from './admin/caches.ts';
export { adminJobResponse, adminJobsQuery, adminJobsResponse } from './admin/jobs.ts';
export type { AdminJobBody } from './admin/jobs.ts';
export { auditLogQuery, auditLogResponse } from './admin/audit-log.ts';
export type { AuditEntryBody, AuditLogBody } from './admin/audit-log.ts';
export { purgeHistoryRequest, purgeHistoryResponse, purgeStatusResponse } from './admin/purge-history.ts';
export type { PurgeHistoryRequest, PurgeStatusBody } from './admin/purge-history.ts';
export { deadLettersQuery, deadLettersResponse } from './admin/dead-letters.ts';
export type { DeadLetterBody, DeadLettersBody } from './admin/dead-letters.ts';
export { givenUpPdusQuery, givenUpPdusResponse } from './admin/given-up-pdus.ts';
export type { GivenUpPduBody, GivenUpPdusBody } from './admin/given-up-pdus.ts';
export { redactedCopiesQuery, redactedCopiesResponse } from './admin/redacted-copies.ts';
export type { RedactedCopiesBody, RedactedCopyBody } from './admin/redacted-copies.ts';
export { decodeSyncToken, encodeSyncToken } from './tokens/sync-token.ts';
export type { SyncToken } from './tokens/sync-token.ts';
export { decodeTimelineToken, encodeTimelineToken } from './tokens/timeline-token.ts';
export type { TimelineToken } from './tokens/timeline-token.ts';
export {
  claimKeysRequest,
  crossSigningKey,
  dehydratedDeviceRequest,
  dehydratedEventsRequest,
  deviceKeys,
  keyChangesQuery,
  keyChangesResponse,
  queryKeysRequest,
  signedKey,
  uploadKeysRequest,
  uploadKeysResponse,
  uploadSignaturesRequest,
  uploadSigningKeysRequest,
} from './client/keys.ts';
export type {
  ClaimKeysRequest,
  CrossSigningKey,
  DehydratedDeviceRequest,
  DeviceKeys,
  KeyChangesResponse,
  QueryKeysRequest,
  UploadKeysRequest,
  UploadKeysResponse,
  UploadSignaturesRequest,
  UploadSigningKeysRequest,
} from './client/keys.ts';
export {
  BACKUP_ALGORITHM,
  backedUpKey,
  backedUpRoom,
  backedUpRooms,
  backupResponse,
  backupStateResponse,
  backupVersionQuery,
  changeBackupRequest,
  createBackupRequest,
} from './client/key-backup.ts';
export type {
  BackedUpKeyBody,
  BackedUpRooms,
  BackupResponse,
  BackupStateResponse,
  ChangeBackupRequest,
  CreateBackupRequest,
} from './client/key-backup.ts';
export {
  changeRegistrationTokenRequest,
  newRegistrationTokenRequest,
  nonceResponse,
  registrationTokenResponse,
  registrationTokensQuery,
  registrationTokensResponse,
  secretRegistrationRequest,
  secretRegistrationResponse,
} from './admin/registration-tokens.ts';
export type {
  RegistrationTokenBody,
  SecretRegistrationRequest,
  SecretRegistrationResponse,
} from './admin/registration-tokens.ts';
export {
  addBoundThreepidRequest,
  addThreepidRequest,
  bindThreepidRequest,
  emailTokenRequest,
  phoneTokenRequest,
  removeThreepidRequest,
  removeThreepidResponse,
  requestTokenResponse,
  submitTokenQuery,
  threepidsResponse,
} from './client/threepids.ts';
export type { AddThreepidRequest, EmailTokenRequest, ThreepidsResponse } from './client/threepids.ts';
export { decodeDirectoryToken, directoryBatchesAround } from './tokens/directory-token.ts';
export type { DirectoryToken } from './tokens/directory-token.ts';
export { publishedRoomOf } from './client/published-room.ts';
export type { DescribedRoom } from './client/published-room.ts';

export { buildXMatrix, checkRequestSignature, parseXMatrix, requestText } from './federation/x-matrix.ts';
export type { RequestUnderSignature, XMatrixCredentials } from './federation/x-matrix.ts';
export {
  checkServerKeys,
  isAskableKeyId,
  LONGEST_KEY_VALIDITY_MS,
  queryServerKeysQuery,
  queryServerKeysRequest,
  queryServerKeysResponse,
  serverKeysResponse,
} from './federation/server-keys.ts';
export type {
  CheckedServerKeys,
  PublishedKey,
  QueryServerKeysRequest,
  ServerKeysResponse,
} from './federation/server-keys.ts';
export {
  adminDestinationResponse,
  adminDestinationRoomsQuery,
  adminDestinationRoomsResponse,
  adminDestinationsQuery,
  adminDestinationsResponse,
} from './admin/destinations.ts';
export type { AdminDestinationBody, AdminDestinationRoomsBody, AdminDestinationsBody } from './admin/destinations.ts';
export { backfillQuery, missingEventsRequest, stateAtQuery } from './federation/history.ts';
export { incomingTransaction } from './federation/transaction.ts';
export type { IncomingTransaction, TransactionAnswer } from './federation/transaction.ts';
export {
  directoryQuery,
  federatedHierarchyQuery,
  federatedPublicRoomsQuery,
  openIdQuery,
  profileQuery,
} from './federation/directory.ts';
export { federatedClaimRequest, federatedKeysRequest } from './federation/devices.ts';
export {
  exchangeInviteRequest,
  inviteV1Request,
  inviteV2Request,
  makeJoinQuery,
  onBindRequest,
  sendJoinQuery,
} from './federation/membership.ts';
export type { ExchangeInviteRequest, OnBindRequest } from './federation/membership.ts';
export { federatedHierarchyResponse } from './federation/hierarchy.ts';
export type {
  FederatedHierarchyResponse,
  FederatedHierarchyRoom,
  FederatedRoomSummary,
} from './federation/hierarchy.ts';
export { inviteResponse } from './federation/invite.ts';
export type { InviteResponse } from './federation/invite.ts';
export { makeMembershipResponse } from './federation/make-membership.ts';
export type { MakeMembershipResponse } from './federation/make-membership.ts';
export { missingEventsResponse } from './federation/missing-events.ts';
export type { MissingEventsResponse } from './federation/missing-events.ts';
export { pduTransactionResponse } from './federation/pdu-transaction.ts';
export type { PduTransactionResponse } from './federation/pdu-transaction.ts';
export { policyServerWellKnownResponse, policySignResponse } from './federation/policy-server.ts';
export type { PolicyServerWellKnownResponse, PolicySignResponse } from './federation/policy-server.ts';
export { queryDirectoryResponse } from './federation/query-directory.ts';
export type { QueryDirectoryResponse } from './federation/query-directory.ts';
export { queryProfileResponse } from './federation/query-profile.ts';
export type { QueryProfileResponse } from './federation/query-profile.ts';
export { eventAuthResponse, stateIdsResponse } from './federation/room-state.ts';
export type { EventAuthResponse, StateIdsResponse } from './federation/room-state.ts';
export { sendJoinResponse } from './federation/send-join.ts';
export type { SendJoinResponse } from './federation/send-join.ts';
export { sendKnockResponse } from './federation/send-knock.ts';
export type { SendKnockResponse } from './federation/send-knock.ts';
export { timestampToEventResponse } from './federation/timestamp-to-event.ts';
export type { TimestampToEventResponse } from './federation/timestamp-to-event.ts';
export { userDevicesResponse } from './federation/user-devices.ts';
export type { UserDevicesResponse } from './federation/user-devices.ts';
export { federatedClaimResponse, federatedKeysResponse } from './federation/user-keys.ts';
export type { FederatedClaimResponse, FederatedKeysResponse } from './federation/user-keys.ts';
export { signingKeysResponse } from './admin/servers.ts';
export type { SigningKeysBody } from './admin/servers.ts';
export {
  broadcastResponse,
  broadcastsQuery,
  broadcastsResponse,
  failedRecipientsResponse,
  sendServerNoticeRequest,
  sendServerNoticeResponse,
  startBroadcastRequest,
} from './admin/notices.ts';
export type {
  BroadcastBody,
  FailedRecipientsBody,
  SendServerNoticeRequest,
  StartBroadcastRequest,
} from './admin/notices.ts';
export { consentParameters } from './client/consent.ts';
export {
  changeVersionRequest,
  consentsQuery,
  consentsResponse,
  policiesQuery,
  policiesResponse,
  policyResponse,
  policyVersionResponse,
  publishVersionRequest,
  storePolicyRequest,
} from './admin/policies.ts';
export type {
  ConsentBody,
  PolicyBody,
  PolicyDocumentBody,
  PolicyVersionBody,
  PolicyVersionResponse,
  PublishVersionRequest,
  StorePolicyRequest,
} from './admin/policies.ts';
export {
  appserviceRequest,
  appserviceResponse,
  appserviceServers,
  appservicesResponse,
  rotateTokensRequest,
  rotateTokensResponse,
} from './admin/appservices.ts';
export type { AppserviceBody, RotateTokensRequest, RotateTokensResponse } from './admin/appservices.ts';
export {
  locationByAliasQuery,
  locationsResponse,
  networkVisibilityRequest,
  pingAppserviceRequest,
  pingAppserviceResponse,
  protocolsResponse,
  thirdPartyUsersResponse,
  userByIdQuery,
} from './client/appservices.ts';
export {
  appserviceQueueResponse,
  appserviceQueuesResponse,
  replayQueueRequest,
  skipQueueRequest,
} from './admin/appservice-queues.ts';
export type { AppserviceQueueBody, AppserviceQueuesBody } from './admin/appservice-queues.ts';
