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
import { findTracing } from '@plexus/service-shell';
import type { Logger, RpcSettings } from '@plexus/service-shell';
import { GrpcServer } from './grpc-server.ts';
import type { ServedRpc } from './grpc-server.ts';
import { secureGrpc } from './grpc-tls.ts';
import { sendTrace } from './tracing/trace-calls.ts';
import { tracedRoomCommands } from './tracing/traced-room-writer.ts';

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
  /** Ends what follows the files of certificates. */
  close(): void;
}

export const LOCAL_ADDRESS = 'local';

/** Throws `StartError` where a certificate cannot be used. */
export function openRpc(settings: RpcSettings, logger: Logger): Rpc {
  const rpc = settings.adapter === 'grpc' ? openGrpc(settings.grpc, logger) : openLocal();
  return { ...rpc, roomWriters: traced(rpc.roomWriters) };
}

function traced({ channels, serve }: RoomWriters): RoomWriters {
  return { channels, serve: (handler) => serve(tracedRoomCommands(handler)) };
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
    close: () => {},
  };
}

function servedLocally(withdraw: () => void): ServedRpc {
  return { address: LOCAL_ADDRESS, stop: async () => withdraw() };
}

function openGrpc(settings: RpcSettings['grpc'], logger: Logger): Rpc {
  const security = secureGrpc(settings.tls, { logger });
  const { client, clientOptions } = security;
  const server = new GrpcServer(settings, security);
  const callOptions = findTracing() === undefined ? clientOptions : { ...clientOptions, interceptors: [sendTrace] };
  return {
    roomWriters: {
      channels: new GrpcRoomWriterChannels(client, clientOptions),
      serve: (handler) => server.serve((grpc) => addRoomWriter(grpc, handler)),
    },
    senders: {
      channels: new GrpcSenderChannels(client, callOptions),
      serve: (handler) => server.serve((grpc) => addSender(grpc, handler)),
      isLocal: false,
    },
    notices: {
      channels: new GrpcNoticesChannels(client, callOptions),
      serve: (handler) => server.serve((grpc) => addNotices(grpc, handler)),
      isLocal: false,
    },
    appservices: {
      channels: new GrpcAppservicesChannels(client, callOptions),
      serve: (handler) => server.serve((grpc) => addAppservices(grpc, handler)),
      isLocal: false,
    },
    close: () => security.close(),
  };
}
