import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

type Mode = 'pass' | 'stall' | 'refuse';

/** Which way bytes go: from the client, or back to it. */
export type Direction = 'question' | 'answer';

interface Trap {
  readonly direction: Direction;
  readonly text: string;
  readonly sprung: () => void;
}

/** Stands between a process and a server on this machine, and does to the connection what networks do. */
export class TcpProxy {
  readonly #server: Server;
  #target: { host: string; port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #abandoned = new Set<readonly [Socket, Socket]>();
  #mode: Mode = 'pass';
  #trap: Trap | undefined;
  #delayMs = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((incoming) => this.#accept(incoming));
  }

  static async open(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** Bytes stop, in both directions, and connections stay open: a hung peer, or a silent partition. */
  stall(): void {
    this.#mode = 'stall';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Every connection breaks, and new ones are refused: a partition that says so. */
  partition(): void {
    this.#mode = 'refuse';
    this.cut();
  }

  /** Every connection breaks once; new ones succeed. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /** From now on bytes take so long, each way. */
  slow(ms: number): void {
    this.#delayMs = ms;
  }

  /** Open connections stay, and nothing comes over them any more; new ones work: who was at the other end has gone without a word. */
  abandon(): void {
    for (const pair of this.#pairs) {
      this.#pairs.delete(pair);
      this.#abandoned.add(pair);
      for (const socket of pair) socket.removeAllListeners('data').pause();
    }
  }

  /**
   * The next bytes that contain a text do not arrive, and their connection breaks. Of a question: what it asks never happens. Of an
   * answer: it has happened, and who asked never learns of it.
   */
  breakAt(direction: Direction, text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#trap = { direction, text, sprung: resolve };
    });
  }

  /** From now on connections lead elsewhere, as an address does that moves with whoever leads; those that are open break. */
  redirect(target: { host: string; port: number }): void {
    this.#target = target;
    this.cut();
  }

  heal(): void {
    this.#mode = 'pass';
    this.#trap = undefined;
    this.#delayMs = 0;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    for (const pair of this.#abandoned) this.#end(pair);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(incoming: Socket): void {
    if (this.#mode === 'refuse') {
      incoming.resetAndDestroy();
      return;
    }
    const outgoing = connect(this.#target);
    const pair = [incoming, outgoing] as const;
    this.#pairs.add(pair);
    this.#forward(incoming, outgoing, 'question');
    this.#forward(outgoing, incoming, 'answer');
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.#end(pair));
      if (this.#mode === 'stall') socket.pause();
    }
  }

  #springs(direction: Direction, bytes: Buffer): boolean {
    const trap = this.#trap;
    if (trap?.direction !== direction || !bytes.includes(trap.text)) return false;
    this.#trap = undefined;
    trap.sprung();
    return true;
  }

  #end(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair);
    this.#abandoned.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  #forward(from: Socket, to: Socket, direction: Direction): void {
    const underWay: Buffer[] = [];
    const passFirst = (): void => {
      const bytes = underWay.shift();
      if (bytes !== undefined && to.writable && !to.write(bytes)) from.pause();
    };
    from.on('data', (bytes) => {
      if (this.#springs(direction, bytes)) {
        for (const socket of [from, to]) socket.resetAndDestroy();
        return;
      }
      underWay.push(bytes);
      if (this.#delayMs === 0 && underWay.length === 1) passFirst();
      else setTimeout(passFirst, this.#delayMs);
    });
    to.on('drain', () => {
      if (this.#mode !== 'stall') from.resume();
    });
    from.on('end', () => to.end());
  }
}
