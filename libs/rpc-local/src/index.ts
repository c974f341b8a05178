export { LocalRoomWriterChannels } from './local-channels.ts';
export { LocalSenderChannels } from './local-senders.ts';
