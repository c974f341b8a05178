import { noticesRpcContract } from '@plexus/testing';
import { LocalNoticesChannels } from './local-notices.ts';

noticesRpcContract('local', async (handler) => {
  const channels = new LocalNoticesChannels();
  const withdraw = channels.serve('here', handler);
  return { channels, address: 'here', stopReplica: async () => withdraw(), close: () => channels.close() };
});
