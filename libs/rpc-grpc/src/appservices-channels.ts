import { Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientOptions } from '@grpc/grpc-js';
import { AppservicesClient } from '@plexus/rpc';
import type { AppservicesHandler } from '@plexus/rpc';
import { UnaryChannel, UnaryChannels } from './unary-channel.ts';

/** One connection per appservice-sender; each call is a unary one. */
export class GrpcAppservicesChannels extends UnaryChannels<AppservicesHandler> {
  constructor(credentials: ChannelCredentials, options: ClientOptions = {}) {
    super(
      (address, closed) =>
        new GrpcAppservicesChannel({ address, credentials, options, Client: AppservicesClient, closed }),
    );
  }
}

class GrpcAppservicesChannel extends UnaryChannel<AppservicesClient> implements AppservicesHandler {
  ping: AppservicesHandler['ping'] = (request, call) =>
    this.call(call, (options, done) => this.client.ping(request, new Metadata(), options, done));

  query: AppservicesHandler['query'] = (request, call) =>
    this.call(call, (options, done) => this.client.query(request, new Metadata(), options, done));

  queryThirdParty: AppservicesHandler['queryThirdParty'] = (request, call) =>
    this.call(call, (options, done) => this.client.queryThirdParty(request, new Metadata(), options, done));

  wakeQueues: AppservicesHandler['wakeQueues'] = (request, call) =>
    this.call(call, (options, done) => this.client.wakeQueues(request, new Metadata(), options, done));

  changeQueue: AppservicesHandler['changeQueue'] = (request, call) =>
    this.call(call, (options, done) => this.client.changeQueue(request, new Metadata(), options, done));
}
