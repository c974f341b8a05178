export { GrpcAppservicesChannels } from './appservices-channels.ts';
export { addAppservices } from './appservices-server.ts';
export { GrpcRoomWriterChannels } from './room-writer-channels.ts';
export { addRoomWriter } from './room-writer-server.ts';
export { GrpcSenderChannels } from './sender-channels.ts';
export { addSender } from './sender-server.ts';
export { GrpcNoticesChannels } from './notices-channels.ts';
export { addNotices } from './notices-server.ts';
