import { Metadata } from '@grpc/grpc-js';
import type { ChannelCredentials, ClientDuplexStream, ClientOptions } from '@grpc/grpc-js';
import { RoomWriterClient, RpcError } from '@plexus/rpc';
import type {
  RoomCommand,
  RoomCommandBatch,
  RoomCommandResult,
  RoomCommandResultBatch,
  RoomWriterChannel,
  RoomWriterChannels,
} from '@plexus/rpc';

type CommandStream = ClientDuplexStream<RoomCommandBatch, RoomCommandResultBatch>;

interface Waiting {
  readonly resolve: (result: RoomCommandResult) => void;
  readonly reject: (error: RpcError) => void;
}

const CLIENT_OPTIONS = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // Each address has its own connection, so that a second channel to a restarted owner does not inherit the first one's back-off.
  'grpc.use_local_subchannel_pool': 1,
};

/** One bidirectional stream per owner's address; commands are batched per turn of the event loop and matched by id. */
export class GrpcRoomWriterChannels implements RoomWriterChannels {
  readonly #credentials: ChannelCredentials;
  readonly #options: ClientOptions;
  readonly #channels = new Map<string, GrpcChannel>();

  constructor(credentials: ChannelCredentials, options: ClientOptions = {}) {
    this.#credentials = credentials;
    this.#options = { ...CLIENT_OPTIONS, ...options };
  }

  channelTo(address: string): RoomWriterChannel {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      const client = new RoomWriterClient(address, this.#credentials, this.#options);
      channel = new GrpcChannel(address, client, () => this.#channels.delete(address));
      this.#channels.set(address, channel);
    }
    return channel;
  }

  async close(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close('this side closed the channel');
  }
}

/** Ends with its stream: the next command to the address opens a new one. */
class GrpcChannel implements RoomWriterChannel {
  readonly #address: string;
  readonly #client: RoomWriterClient;
  readonly #stream: CommandStream;
  readonly #onClosed: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #outgoing: RoomCommand[] = [];
  #isFlushing = false;
  #isClosed = false;
  #lastCorrelationId = 0;

  constructor(address: string, client: RoomWriterClient, onClosed: () => void) {
    this.#address = address;
    this.#onClosed = onClosed;
    this.#client = client;
    this.#stream = this.#client.execute();
    this.#stream.on('data', (batch: RoomCommandResultBatch) => this.#receive(batch));
    this.#stream.on('error', (error: Error) => this.close(error.message));
    this.#stream.on('end', () => this.close('the owner closed the stream'));
  }

  execute(command: RoomCommand): Promise<RoomCommandResult> {
    const correlationId = ++this.#lastCorrelationId;
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new RpcError(`${this.#address}: the channel is closed`));
      this.#waiting.set(correlationId, { resolve, reject });
      this.#outgoing.push({ ...command, correlationId });
      return this.#scheduleFlush();
    });
  }

  takeShards(shards: readonly number[], deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.takeShards(
        { shards: [...shards] },
        new Metadata(),
        { deadline: Date.now() + deadlineMs },
        (error) => {
          if (error === null) resolve();
          else reject(new RpcError(`${this.#address}: ${error.details}`, { cause: error }));
        },
      );
    });
  }

  close(because: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClosed();
    this.#stream.cancel();
    this.#client.close();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#outgoing = [];
    for (const { reject } of waiting) reject(new RpcError(`${this.#address}: ${because}`));
  }

  #scheduleFlush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#isClosed || this.#outgoing.length === 0) return;
    const commands = this.#outgoing;
    this.#outgoing = [];
    // @NOTE While the stream is full, what comes meanwhile waits here and leaves as one batch.
    if (this.#stream.write({ commands })) return;
    this.#isFlushing = true;
    this.#stream.once('drain', () => this.#flush());
  }

  #receive(batch: RoomCommandResultBatch): void {
    for (const result of batch.results) {
      const waiting = this.#waiting.get(result.correlationId);
      this.#waiting.delete(result.correlationId);
      waiting?.resolve(result);
    }
  }
}
