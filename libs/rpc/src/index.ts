export type { RoomCommandHandler, RoomCommandReply, RoomCommandRequest, RoomWriter } from './room-writer.ts';
export {
  PduOutcome,
  RoomCommand,
  RoomCommandBatch,
  RoomCommandResult,
  RoomCommandResultBatch,
  RoomWriterClient,
  RoomWriterService,
} from './generated/plexus/rpc/v1/room_writer.ts';
export type {
  AcceptPdu,
  ChangeMembership,
  CreateRoom,
  DeadLetterCommand,
  ForgetUser,
  BlockRoom,
  DropExtremities,
  DropParked,
  ImportRoom,
  PieceEvent,
  EraseEvents,
  PurgeEvents,
  ReceivedPdu,
  ReceiveMembership,
  RemoveRoom,
  ProtoEvent,
  Refused,
  RoomWriterServer,
  SendEvent,
  SetReceipts,
  StoredEvents,
  StoreHistory,
  TakeStatePiece,
  UserReceipt,
} from './generated/plexus/rpc/v1/room_writer.ts';
export { RoutedRoomWriter } from './routed-room-writer.ts';
export type { RoutedRoomWriterOptions } from './routed-room-writer.ts';
export type { RoomWriterChannel, RoomWriterChannels, ShardOwners } from './room-writer-channel.ts';
export { RoutedRemoteRooms } from './routed-remote-rooms.ts';
export { RoutedRemoteServers } from './routed-remote-servers.ts';
export { ReplicaRouter } from './replica-router.ts';
export type { LiveReplicas, ReplicaChannels, ReplicaRouterOptions, ReplicaTask } from './replica-router.ts';
export { SenderRouter } from './sender-router.ts';
export type { SenderRouterOptions, SenderTask } from './sender-router.ts';
export type { LiveSenders, SenderCall, SenderChannels, SenderHandler } from './sender-channel.ts';
export {
  BackfillAnswer,
  BackfillRequest,
  FetchKeysAnswer,
  FetchKeysRequest,
  RemoteInviteRequest,
  RemoteMembershipRequest,
  RemoteRoomAnswer,
  RemoteServersClient,
  RemoteServersService,
  ReportRequest,
  SignedRequest,
  SignedRequestAnswer,
} from './generated/plexus/rpc/v1/remote_servers.ts';
export type { RemoteServersServer, ServerKey } from './generated/plexus/rpc/v1/remote_servers.ts';
export type {
  AppservicePingOutcome,
  AppserviceQueryOutcome,
  AppserviceQueueOrder,
  AppserviceRequests,
  ThirdPartyQuestion,
} from './appservice-requests.ts';
export type { AppservicesChannels, AppservicesHandler } from './appservices-channel.ts';
export { RoutedAppservices } from './routed-appservices.ts';
export type { RoutedAppservicesOptions } from './routed-appservices.ts';
export { AppservicesClient, AppservicesService } from './generated/plexus/rpc/v1/appservices.ts';
export type { AppservicesServer, TracedEvent } from './generated/plexus/rpc/v1/appservices.ts';
export { RpcError, UnsentError } from './rpc-error.ts';
export type { BroadcastOutcome, Notice, NoticeOutcome, NoticeRefusal, Notices, WantedBroadcast } from './notices.ts';
export type { NoticesChannels, NoticesHandler } from './notices-channel.ts';
export { RoutedNotices } from './routed-notices.ts';
export { RoutedReports } from './reports.ts';
export type { ReportOutcome, Reports } from './reports.ts';
export {
  BroadcastAnswer,
  ChangeBroadcastRequest,
  NoticeAnswer,
  NoticesClient,
  NoticesService,
  SendNoticeRequest,
  StartBroadcastRequest,
} from './generated/plexus/rpc/v1/notices.ts';
export type { BroadcastAudience, NoticesServer } from './generated/plexus/rpc/v1/notices.ts';
