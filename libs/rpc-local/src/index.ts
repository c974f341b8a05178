export { LocalRoomWriterChannels } from './local-channels.ts';
