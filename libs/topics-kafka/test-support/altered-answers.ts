import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

const SIZE_BYTES = 4;
/** After the size: the kind of a request, its version, its number. */
const NUMBER_AT = 4;
/** After the size of an answer: its number, how long the broker holds the client back. */
const ERROR_AT = 8;

export const FETCH = 1;
export const JOIN_GROUP = 11;
export const SYNC_GROUP = 14;

/**
 * Stands between a client and a broker. It lets questions fail that the broker has answered, of kinds alone whose answers begin with the time that the
 * client is held back, then the error; and it keeps answers for itself.
 */
export class AlteredAnswers {
  readonly #server: Server;
  readonly #failures = new Map<number, { errorCode: number; left: number }>();
  readonly #kept = new Set<number>();
  readonly #asked = new Map<number, number>();

  private constructor(broker: { host: string; port: number }) {
    this.#server = createServer((client) => this.#serve(client, connect(broker)));
  }

  static async before(address: string): Promise<AlteredAnswers> {
    const { hostname: host, port } = new URL(`kafka://${address}`);
    const altered = new AlteredAnswers({ host, port: Number(port) });
    await new Promise<void>((resolve) => altered.#server.listen(0, '127.0.0.1', resolve));
    return altered;
  }

  /** Leads here, whatever address a broker tells. */
  get socketFactory(): ISocketFactory {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('this way is closed');
    return ({ onConnect }) => connect(address.port, '127.0.0.1', onConnect);
  }

  /** So many of the next answers of this kind that tell of success tell of this error instead. */
  fail(kind: number, errorCode: number, times: number): void {
    this.#failures.set(kind, { errorCode, left: times });
  }

  /** How many answers are still to fail. */
  left(kind: number): number {
    return this.#failures.get(kind)?.left ?? 0;
  }

  /** How many questions of this kind were asked. */
  asked(kind: number): number {
    return this.#asked.get(kind) ?? 0;
  }

  /** Answers of this kind do not come from now on, nor does anything after one of them over the same connection. */
  keep(kind: number): void {
    this.#kept.add(kind);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(client: Socket, broker: Socket): void {
    const kinds = new Map<number, number>();
    let isSilent = false;
    const asked = byFrames((frame) => {
      const kind = frame.readInt16BE(0);
      kinds.set(frame.readInt32BE(NUMBER_AT), kind);
      this.#asked.set(kind, this.asked(kind) + 1);
    });
    const answered = byFrames((frame) => {
      const kind = kinds.get(frame.readInt32BE(0));
      isSilent ||= kind !== undefined && this.#kept.has(kind);
      this.#alter(frame, kind);
    });
    client.on('data', (bytes: Buffer) => broker.write(asked(bytes)));
    broker.on('data', (bytes: Buffer) => {
      const whole = answered(bytes);
      if (!isSilent) client.write(whole);
    });
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  }

  #alter(frame: Buffer, kind: number | undefined): void {
    const failure = kind === undefined ? undefined : this.#failures.get(kind);
    if (failure === undefined || failure.left === 0 || frame.readInt16BE(ERROR_AT) !== 0) return;
    failure.left -= 1;
    frame.writeInt16BE(failure.errorCode, ERROR_AT);
  }
}

/** Shows each frame, without its size, as soon as all of it is there; gives back what may go on. */
function byFrames(show: (frame: Buffer) => void): (bytes: Buffer) => Buffer {
  let waiting: Buffer = Buffer.alloc(0);
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    let end = 0;
    while (waiting.length >= end + SIZE_BYTES) {
      const next = end + SIZE_BYTES + waiting.readInt32BE(end);
      if (waiting.length < next) break;
      show(waiting.subarray(end + SIZE_BYTES, next));
      end = next;
    }
    const whole = waiting.subarray(0, end);
    waiting = waiting.subarray(end);
    return whole;
  };
}
