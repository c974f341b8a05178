export { GrpcRoomWriterChannels } from './room-writer-channels.ts';
export { addRoomWriter } from './room-writer-server.ts';
