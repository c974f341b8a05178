import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { appserviceChannelsContract } from '@plexus/testing';
import { GrpcAppservicesChannels } from './appservices-channels.ts';
import { addAppservices } from './appservices-server.ts';

appserviceChannelsContract('gRPC', async (handler) => {
  const server = new Server();
  addAppservices(server, handler);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const channels = new GrpcAppservicesChannels(credentials.createInsecure());
  return {
    channels,
    address: `127.0.0.1:${port}`,
    stopSender: async () => server.forceShutdown(),
    close: async () => {
      await channels.close();
      server.forceShutdown();
    },
  };
});
