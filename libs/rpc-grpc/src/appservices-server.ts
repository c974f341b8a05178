import type { Server } from '@grpc/grpc-js';
import { AppservicesService } from '@plexus/rpc';
import type { AppservicesHandler, AppservicesServer } from '@plexus/rpc';
import { unary } from './unary.ts';

/** Offers an appservice-sender on a gRPC server. */
export function addAppservices(server: Server, handler: AppservicesHandler): void {
  const implementation: AppservicesServer = {
    ping: unary((request, call) => handler.ping(request, call)),
    query: unary((request, call) => handler.query(request, call)),
    queryThirdParty: unary((request, call) => handler.queryThirdParty(request, call)),
    wakeQueues: unary((request, call) => handler.wakeQueues(request, call)),
    changeQueue: unary((request, call) => handler.changeQueue(request, call)),
  };
  server.addService(AppservicesService, implementation);
}
