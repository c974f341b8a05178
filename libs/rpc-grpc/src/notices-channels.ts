import { Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { NoticesClient } from '@plexus/rpc';
import type { NoticesHandler } from '@plexus/rpc';
import { UnaryChannel, UnaryChannels } from './unary-channel.ts';

/** One connection per replica of notices; each call is a unary one. */
export class GrpcNoticesChannels extends UnaryChannels<NoticesHandler> {
  constructor(credentials: ChannelCredentials, options: ClientOptions = {}) {
    super(
      (address, closed) => new GrpcNoticesChannel({ address, credentials, options, Client: NoticesClient, closed }),
    );
  }
}

class GrpcNoticesChannel extends UnaryChannel<NoticesClient> implements NoticesHandler {
  sendNotice: NoticesHandler['sendNotice'] = (request, call) =>
    this.call(call, (options, done) => this.client.sendNotice(request, new Metadata(), options, done));

  startBroadcast: NoticesHandler['startBroadcast'] = (request, call) =>
    this.call(call, (options, done) => this.client.startBroadcast(request, new Metadata(), options, done));

  changeBroadcast: NoticesHandler['changeBroadcast'] = (request, call) =>
    this.call(call, (options, done) => this.client.changeBroadcast(request, new Metadata(), options, done));
}
