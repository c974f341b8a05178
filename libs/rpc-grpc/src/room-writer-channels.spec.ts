import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { roomWriterContract } from '@plexus/testing';
import { GrpcRoomWriterChannels } from './room-writer-channels.ts';
import { addRoomWriter } from './room-writer-server.ts';

roomWriterContract('gRPC', async (handler) => {
  const server = new Server();
  addRoomWriter(server, handler);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const channels = new GrpcRoomWriterChannels(credentials.createInsecure());
  return {
    channels,
    address: `127.0.0.1:${port}`,
    stopOwner: async () => server.forceShutdown(),
    close: async () => {
      await channels.close();
      server.forceShutdown();
    },
  };
});
