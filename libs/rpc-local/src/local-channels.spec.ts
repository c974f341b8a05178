import { roomWriterContract } from '@plexus/testing';
import { LocalRoomWriterChannels } from './local-channels.ts';

roomWriterContract('local', async (handler) => {
  const channels = new LocalRoomWriterChannels();
  const withdraw = channels.serve('local', handler);
  return {
    channels,
    address: 'local',
    stopOwner: async () => withdraw(),
    close: () => channels.close(),
  };
});
