import type { Server } from '@grpc/grpc-js';
import { RemoteServersService } from '@plexus/rpc';
import type { RemoteServersServer, SenderHandler } from '@plexus/rpc';
import { unary } from './unary.ts';

/** Offers a federation-sender on a gRPC server. */
export function addSender(server: Server, handler: SenderHandler): void {
  const implementation: RemoteServersServer = {
    request: unary((request, call) => handler.request(request, call)),
    fetchKeys: unary((request, call) => handler.fetchKeys(request, call)),
    changeRemoteMembership: unary((request, call) => handler.changeRemoteMembership(request, call)),
    inviteRemoteUser: unary((request, call) => handler.inviteRemoteUser(request, call)),
    backfillRoom: unary((request, call) => handler.backfillRoom(request, call)),
    postReport: unary((request, call) => handler.postReport(request, call)),
  };
  server.addService(RemoteServersService, implementation);
}
