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
  UserReceipt,
} from './generated/plexus/rpc/v1/room_writer.ts';
export { RoutedRoomWriter } from './routed-room-writer.ts';
export type { RoutedRoomWriterOptions } from './routed-room-writer.ts';
export type { RoomWriterChannel, RoomWriterChannels, ShardOwners } from './room-writer-channel.ts';
export { RpcError } from './rpc-error.ts';
