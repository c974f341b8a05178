import { Metadata, status } from '@grpc/grpc-js';
import type { CallOptions, ChannelCredentials, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { RemoteServersClient, RpcError, UnsentError } from '@plexus/rpc';
import type { SenderCall, SenderChannels, SenderHandler } from '@plexus/rpc';

const CLIENT_OPTIONS = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': 256 * 1024 * 1024,
  'grpc.max_send_message_length': 256 * 1024 * 1024,
  'grpc.use_local_subchannel_pool': 1,
};
/** Who cannot be connected to within this has gone; another replica is asked. */
const CONNECT_MS = 1_000;

/** One connection per federation-sender; each call is a unary one. */
export class GrpcSenderChannels implements SenderChannels {
  readonly #credentials: ChannelCredentials;
  readonly #channels = new Map<string, GrpcSenderChannel>();

  constructor(credentials: ChannelCredentials) {
    this.#credentials = credentials;
  }

  channelTo(address: string): SenderHandler {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      channel = new GrpcSenderChannel(address, this.#credentials, () => this.#channels.delete(address));
      this.#channels.set(address, channel);
    }
    return channel;
  }

  async close(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close();
  }
}

type Callback<Answer> = (error: ServiceError | null, answer: Answer) => void;

/** Ends when its address cannot be connected to: the next call opens a new one, or nobody calls that address again. */
class GrpcSenderChannel implements SenderHandler {
  readonly #address: string;
  readonly #client: RemoteServersClient;
  readonly #onClosed: () => void;
  readonly #calls = new Set<ClientUnaryCall>();

  constructor(address: string, credentials: ChannelCredentials, onClosed: () => void) {
    this.#address = address;
    this.#client = new RemoteServersClient(address, credentials, CLIENT_OPTIONS);
    this.#onClosed = onClosed;
  }

  request: SenderHandler['request'] = (request, call) =>
    this.#call(call, (options, done) => this.#client.request(request, new Metadata(), options, done));

  fetchKeys: SenderHandler['fetchKeys'] = (request, call) =>
    this.#call(call, (options, done) => this.#client.fetchKeys(request, new Metadata(), options, done));

  changeRemoteMembership: SenderHandler['changeRemoteMembership'] = (request, call) =>
    this.#call(call, (options, done) => this.#client.changeRemoteMembership(request, new Metadata(), options, done));

  inviteRemoteUser: SenderHandler['inviteRemoteUser'] = (request, call) =>
    this.#call(call, (options, done) => this.#client.inviteRemoteUser(request, new Metadata(), options, done));

  backfillRoom: SenderHandler['backfillRoom'] = (request, call) =>
    this.#call(call, (options, done) => this.#client.backfillRoom(request, new Metadata(), options, done));

  close(): void {
    this.#onClosed();
    for (const call of this.#calls) call.cancel();
    this.#client.close();
  }

  async #call<Answer>(
    { deadlineMs }: SenderCall,
    start: (options: Partial<CallOptions>, done: Callback<Answer>) => ClientUnaryCall,
  ): Promise<Answer> {
    await this.#connected();
    return new Promise((resolve, reject) => {
      const call = start({ deadline: Date.now() + deadlineMs }, (error, answer) => {
        this.#calls.delete(call);
        if (error === null) return resolve(answer);
        return reject(this.#errorOf(error));
      });
      this.#calls.add(call);
    });
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + CONNECT_MS, (error) => {
        if (error === undefined) return resolve();
        this.close();
        return reject(new UnsentError(`${this.#address}: ${error.message}`, { cause: error }));
      });
    });
  }

  #errorOf(error: ServiceError): RpcError {
    const Kind = error.code === status.UNIMPLEMENTED ? UnsentError : RpcError;
    return new Kind(`${this.#address}: ${error.details}`, { cause: error });
  }
}
