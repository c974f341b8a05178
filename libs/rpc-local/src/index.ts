export { LocalAppservicesChannels } from './local-appservices.ts';
export { LocalRoomWriterChannels } from './local-channels.ts';
export { LocalSenderChannels } from './local-senders.ts';
export { LocalNoticesChannels } from './local-notices.ts';
