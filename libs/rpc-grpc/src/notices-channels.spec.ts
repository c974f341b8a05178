import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { noticesRpcContract } from '@plexus/testing';
import { GrpcNoticesChannels } from './notices-channels.ts';
import { addNotices } from './notices-server.ts';

noticesRpcContract('gRPC', async (handler) => {
  const server = new Server();
  addNotices(server, handler);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const channels = new GrpcNoticesChannels(credentials.createInsecure());
  return {
    channels,
    address: `127.0.0.1:${port}`,
    stopReplica: async () => server.forceShutdown(),
    close: async () => {
      await channels.close();
      server.forceShutdown();
    },
  };
});
