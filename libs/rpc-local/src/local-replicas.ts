import { RpcError, UnsentError } from '@plexus/rpc';

/** What is served within one process: every address leads to the handler that registered under it. */
export class LocalReplicas<Handler> {
  readonly #handlers = new Map<string, Handler>();
  #closed = false;

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: Handler): () => void {
    if (this.#handlers.has(address)) throw new RpcError(`${address} is served already`);
    this.#handlers.set(address, handler);
    return () => this.#handlers.delete(address);
  }

  close(): void {
    this.#closed = true;
  }

  handlerAt(address: string): Handler {
    const handler = this.#closed ? undefined : this.#handlers.get(address);
    if (handler === undefined) throw new UnsentError(`nothing listens at ${address}`);
    return handler;
  }
}

/** What the handler throws, and that it does not answer in time, are what the wire would make of them. */
export async function asRpc<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new RpcError('no answer in time')), deadlineMs);
  try {
    return await Promise.race([answer, tooLate]);
  } catch (error) {
    if (error instanceof RpcError) throw error;
    throw new RpcError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
