import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

type Mode = 'pass' | 'stall' | 'refuse';

/** Stands between a process and a server on this machine, and does to the connection what networks do. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #mode: Mode = 'pass';

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

  heal(): void {
    this.#mode = 'pass';
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
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
    this.#forward(incoming, outgoing);
    this.#forward(outgoing, incoming);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.#end(pair));
      if (this.#mode === 'stall') socket.pause();
    }
  }

  #end(pair: readonly [Socket, Socket]): void {
    this.#pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  #forward(from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (this.#mode !== 'stall') from.resume();
    });
    from.on('end', () => to.end());
  }
}
