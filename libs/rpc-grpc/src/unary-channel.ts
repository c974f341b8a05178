import { status } from '@grpc/grpc-js';
import type {
  CallOptions,
  ChannelCredentials,
  Client,
  ClientOptions,
  ClientUnaryCall,
  ServiceError,
} from '@grpc/grpc-js';
import { RpcError, UnsentError } from '@plexus/rpc';
import type { ReplicaChannels, SenderCall } from '@plexus/rpc';

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

type Callback<Answer> = (error: ServiceError | null, answer: Answer) => void;

/** One connection per replica of a service; each call is a unary one. */
export class UnaryChannels<Handler> implements ReplicaChannels<Handler> {
  readonly #open: (address: string, closed: () => void) => Handler & { close(): void };
  readonly #channels = new Map<string, Handler & { close(): void }>();

  /** `open` makes a channel that tells when it is closed. */
  constructor(open: (address: string, closed: () => void) => Handler & { close(): void }) {
    this.#open = open;
  }

  channelTo(address: string): Handler {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      channel = this.#open(address, () => this.#channels.delete(address));
      this.#channels.set(address, channel);
    }
    return channel;
  }

  async close(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close();
  }
}

export interface UnaryChannelOptions<C extends Client> {
  readonly address: string;
  readonly credentials: ChannelCredentials;
  readonly options?: ClientOptions;
  readonly Client: new (address: string, credentials: ChannelCredentials, options: object) => C;
  readonly closed: () => void;
}

/** Ends when its address cannot be connected to: the next call opens a new one, or nobody calls that address again. */
export class UnaryChannel<C extends Client> {
  readonly client: C;
  readonly #address: string;
  readonly #closed: () => void;
  readonly #calls = new Set<ClientUnaryCall>();

  constructor({ address, credentials, options, Client, closed }: UnaryChannelOptions<C>) {
    this.client = new Client(address, credentials, { ...CLIENT_OPTIONS, ...options });
    this.#address = address;
    this.#closed = closed;
  }

  close(): void {
    this.#closed();
    for (const call of this.#calls) call.cancel();
    this.client.close();
  }

  async call<Answer>(
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
      this.client.waitForReady(Date.now() + CONNECT_MS, (error) => {
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
