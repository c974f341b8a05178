import type { Server } from '@grpc/grpc-js';
import { NoticesService } from '@plexus/rpc';
import type { NoticesHandler, NoticesServer } from '@plexus/rpc';
import { unary } from './unary.ts';

/** Offers notices on a gRPC server. */
export function addNotices(server: Server, handler: NoticesHandler): void {
  const implementation: NoticesServer = {
    sendNotice: unary((request, call) => handler.sendNotice(request, call)),
    startBroadcast: unary((request, call) => handler.startBroadcast(request, call)),
    changeBroadcast: unary((request, call) => handler.changeBroadcast(request, call)),
  };
  server.addService(NoticesService, implementation);
}
