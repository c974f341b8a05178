import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { readFileSync } from 'node:fs';
import type { RoomCommandHandler, RoomWriterChannels } from '@plexus/rpc';
import { addRoomWriter, GrpcRoomWriterChannels } from '@plexus/rpc-grpc';
import { LocalRoomWriterChannels } from '@plexus/rpc-local';
import type { RpcSettings } from '@plexus/service-shell';

/** Both sides of `RoomWriter` as the configuration has them. */
export interface RoomWriters {
  readonly channels: RoomWriterChannels;
  /** Makes this process's shards reachable; resolves with the address to write into their rows. */
  serve(handler: RoomCommandHandler): Promise<ServedRoomWriter>;
}

export interface ServedRoomWriter {
  readonly address: string;
  /** Answers what is under way, then closes. */
  stop(): Promise<void>;
}

export function openRoomWriters(settings: RpcSettings): RoomWriters {
  return settings.adapter === 'grpc' ? openGrpc(settings.grpc) : openLocal();
}

const LOCAL_ADDRESS = 'local';

function openLocal(): RoomWriters {
  const channels = new LocalRoomWriterChannels();
  return {
    channels,
    async serve(handler) {
      const withdraw = channels.serve(LOCAL_ADDRESS, handler);
      return { address: LOCAL_ADDRESS, stop: async () => withdraw() };
    },
  };
}

type GrpcSettings = RpcSettings['grpc'];

function openGrpc(settings: GrpcSettings): RoomWriters {
  return {
    channels: new GrpcRoomWriterChannels(clientCredentials(settings)),
    async serve(handler) {
      const server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
      addRoomWriter(server, handler);
      const port = await bind(server, settings);
      return {
        address: `${settings.advertised_host ?? settings.bind_address}:${port}`,
        // Streams of callers stay open for as long as they live: what is answered by now is all that this process answers.
        stop: async () => server.forceShutdown(),
      };
    },
  };
}

function bind(server: Server, settings: GrpcSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${settings.bind_address}:${settings.port}`, serverCredentials(settings), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

function clientCredentials({ tls }: GrpcSettings): ReturnType<typeof credentials.createInsecure> {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(readFileSync(tls.ca), readFileSync(tls.key), readFileSync(tls.cert));
}

function serverCredentials({ tls }: GrpcSettings): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: readFileSync(tls.key), cert_chain: readFileSync(tls.cert) };
  return ServerCredentials.createSsl(readFileSync(tls.ca), [pair], true);
}
