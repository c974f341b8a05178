import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { sendersContract } from '@plexus/testing';
import { GrpcSenderChannels } from './sender-channels.ts';
import { addSender } from './sender-server.ts';

sendersContract('gRPC', async (handler) => {
  const server = new Server();
  addSender(server, handler);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const channels = new GrpcSenderChannels(credentials.createInsecure());
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
