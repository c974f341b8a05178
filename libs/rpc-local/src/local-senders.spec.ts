import { sendersContract } from '@plexus/testing';
import { LocalSenderChannels } from './local-senders.ts';

sendersContract('local', async (handler) => {
  const channels = new LocalSenderChannels();
  const withdraw = channels.serve('here', handler);
  return { channels, address: 'here', stopSender: async () => withdraw(), close: () => channels.close() };
});
