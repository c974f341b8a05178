export type { RoomCommandHandler, RoomCommandReply, RoomCommandRequest, RoomWriter } from './room-writer.ts';
export {
  RoomCommand,
  RoomCommandBatch,
  RoomCommandResult,
  RoomCommandResultBatch,
  RoomWriterClient,
  RoomWriterService,
} from './generated/plexus/rpc/v1/room_writer.ts';
export type {
  ChangeMembership,
  CreateRoom,
  DeadLetterCommand,
  ProtoEvent,
  Refused,
  RoomWriterServer,
  SendEvent,
  StoredEvents,
} from './generated/plexus/rpc/v1/room_writer.ts';
