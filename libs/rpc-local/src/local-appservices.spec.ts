import { appserviceChannelsContract } from '@plexus/testing';
import { LocalAppservicesChannels } from './local-appservices.ts';

appserviceChannelsContract('local', async (handler) => {
  const channels = new LocalAppservicesChannels();
  const withdraw = channels.serve('here', handler);
  return { channels, address: 'here', stopSender: async () => withdraw(), close: () => channels.close() };
});
