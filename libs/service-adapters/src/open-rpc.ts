import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { readFileSync } from 'node:fs';
import type {
  AppservicesChannels,
  AppservicesHandler,
  NoticesChannels,
  NoticesHandler,
  RoomCommandHandler,
  RoomWriterChannels,
  SenderChannels,
  SenderHandler,
} from '@plexus/rpc';
import {
  addAppservices,
  addNotices,
  addRoomWriter,
  addSender,
  GrpcAppservicesChannels,
  GrpcNoticesChannels,
  GrpcRoomWriterChannels,
  GrpcSenderChannels,
} from '@plexus/rpc-grpc';
import {
  LocalAppservicesChannels,
  LocalNoticesChannels,
  LocalRoomWriterChannels,
  LocalSenderChannels,
} from '@plexus/rpc-local';
import type { RpcSettings } from '@plexus/service-shell';
import { GrpcServer } from './grpc-server.ts';
import type { ServedRpc } from './grpc-server.ts';

/** Both sides of `RoomWriter` as the configuration has them. */
export interface RoomWriters {
  readonly channels: RoomWriterChannels;
  /** Makes this process's shards reachable; resolves with the address to write into their rows. */
  serve(handler: RoomCommandHandler): Promise<ServedRpc>;
}

/** Both sides of what federation-senders do for other services. */
export interface Senders {
  readonly channels: SenderChannels;
  /** Makes this process's federation-sender reachable; resolves with the address to write into its row. */
  serve(handler: SenderHandler): Promise<ServedRpc>;
  /** Whether there is one process, whose federation-sender is at `LOCAL_ADDRESS`. */
  readonly isLocal: boolean;
}

/** Both sides of what notices does for other services. */
export interface NoticesReplicas {
  readonly channels: NoticesChannels;
  /** Makes this process's notices reachable; resolves with the address to write into its row. */
  serve(handler: NoticesHandler): Promise<ServedRpc>;
  /** Whether there is one process, whose notices are at `LOCAL_ADDRESS`. */
  readonly isLocal: boolean;
}

/** Both sides of what appservice-senders do for other services, and for each other. */
export interface AppservicesReplicas {
  readonly channels: AppservicesChannels;
  /** Makes this process's appservice-sender reachable; resolves with the address to write into the rows of its shards. */
  serve(handler: AppservicesHandler): Promise<ServedRpc>;
  /** Whether there is one process, whose appservice-sender is at `LOCAL_ADDRESS`. */
  readonly isLocal: boolean;
}

export interface Rpc {
  readonly roomWriters: RoomWriters;
  readonly senders: Senders;
  readonly notices: NoticesReplicas;
  readonly appservices: AppservicesReplicas;
}

export const LOCAL_ADDRESS = 'local';

export function openRpc(settings: RpcSettings): Rpc {
  return settings.adapter === 'grpc' ? openGrpc(settings.grpc) : openLocal();
}

function openLocal(): Rpc {
  const [writers, senders] = [new LocalRoomWriterChannels(), new LocalSenderChannels()];
  const notices = new LocalNoticesChannels();
  const appservices = new LocalAppservicesChannels();
  return {
    roomWriters: { channels: writers, serve: async (handler) => servedLocally(writers.serve(LOCAL_ADDRESS, handler)) },
    senders: {
      channels: senders,
      serve: async (handler) => servedLocally(senders.serve(LOCAL_ADDRESS, handler)),
      isLocal: true,
    },
    notices: {
      channels: notices,
      serve: async (handler) => servedLocally(notices.serve(LOCAL_ADDRESS, handler)),
      isLocal: true,
    },
    appservices: {
      channels: appservices,
      serve: async (handler) => servedLocally(appservices.serve(LOCAL_ADDRESS, handler)),
      isLocal: true,
    },
  };
}

function servedLocally(withdraw: () => void): ServedRpc {
  return { address: LOCAL_ADDRESS, stop: async () => withdraw() };
}

function openGrpc(settings: RpcSettings['grpc']): Rpc {
  const server = new GrpcServer(settings);
  return {
    roomWriters: {
      channels: new GrpcRoomWriterChannels(clientCredentials(settings)),
      serve: (handler) => server.serve((grpc) => addRoomWriter(grpc, handler)),
    },
    senders: {
      channels: new GrpcSenderChannels(clientCredentials(settings)),
      serve: (handler) => server.serve((grpc) => addSender(grpc, handler)),
      isLocal: false,
    },
    notices: {
      channels: new GrpcNoticesChannels(clientCredentials(settings)),
      serve: (handler) => server.serve((grpc) => addNotices(grpc, handler)),
      isLocal: false,
    },
    appservices: {
      channels: new GrpcAppservicesChannels(clientCredentials(settings)),
      serve: (handler) => server.serve((grpc) => addAppservices(grpc, handler)),
      isLocal: false,
    },
  };
}

function clientCredentials({ tls }: RpcSettings['grpc']): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(readFileSync(tls.ca), readFileSync(tls.key), readFileSync(tls.cert));
}
