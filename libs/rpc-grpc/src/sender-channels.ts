import { Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { RemoteServersClient } from '@plexus/rpc';
import type { SenderHandler } from '@plexus/rpc';
import { UnaryChannel, UnaryChannels } from './unary-channel.ts';

/** One connection per federation-sender; each call is a unary one. */
export class GrpcSenderChannels extends UnaryChannels<SenderHandler> {
  constructor(credentials: ChannelCredentials, options: ClientOptions = {}) {
    super(
      (address, closed) =>
        new GrpcSenderChannel({ address, credentials, options, Client: RemoteServersClient, closed }),
    );
  }
}

class GrpcSenderChannel extends UnaryChannel<RemoteServersClient> implements SenderHandler {
  request: SenderHandler['request'] = (request, call) =>
    this.call(call, (options, done) => this.client.request(request, new Metadata(), options, done));

  fetchKeys: SenderHandler['fetchKeys'] = (request, call) =>
    this.call(call, (options, done) => this.client.fetchKeys(request, new Metadata(), options, done));

  changeRemoteMembership: SenderHandler['changeRemoteMembership'] = (request, call) =>
    this.call(call, (options, done) => this.client.changeRemoteMembership(request, new Metadata(), options, done));

  inviteRemoteUser: SenderHandler['inviteRemoteUser'] = (request, call) =>
    this.call(call, (options, done) => this.client.inviteRemoteUser(request, new Metadata(), options, done));

  backfillRoom: SenderHandler['backfillRoom'] = (request, call) =>
    this.call(call, (options, done) => this.client.backfillRoom(request, new Metadata(), options, done));

  postReport: SenderHandler['postReport'] = (request, call) =>
    this.call(call, (options, done) => this.client.postReport(request, new Metadata(), options, done));
}
