import { Worker } from 'node:worker_threads';
import { StorageError } from '@plexus/storage';
import type { ResolutionMessage, ResolutionRequest } from './resolution-worker.ts';

interface Asked {
  resolve(message: ResolutionMessage): void;
  reject(error: StorageError): void;
}

/** The thread that resolves states, for several resolutions at once; each asks and is answered in turn. A thread that died is replaced. */
export class ResolutionThread {
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;

  /** Sends what belongs to one resolution and waits for what the thread says to it. Fails with `StorageError` where the thread dies. */
  ask(resolutionId: number, request: ResolutionRequest): Promise<ResolutionMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<ResolutionMessage>();
    this.#asked.set(resolutionId, { resolve, reject });
    this.#running().postMessage({ resolutionId, request });
    return promise;
  }

  /** Sends what is not answered. A thread that dies before the next question answers that it knows nothing of the resolution. */
  tell(resolutionId: number, request: ResolutionRequest): void {
    this.#running().postMessage({ resolutionId, request });
  }

  /** The thread may forget a resolution that nobody goes on with. */
  giveUp(resolutionId: number): void {
    this.#asked.delete(resolutionId);
    this.#worker?.postMessage({ resolutionId, request: { kind: 'give-up' } });
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** @NOTE Run from its sources the worker is a TypeScript file, as this one. */
  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./resolution-worker.${extension}`, import.meta.url));
    worker.unref();
    worker.on('message', ({ resolutionId, message }: { resolutionId: number; message: ResolutionMessage }) => {
      this.#asked.get(resolutionId)?.resolve(message);
      this.#asked.delete(resolutionId);
    });
    worker.on('error', (cause) => this.#ended(worker, cause));
    worker.on('exit', (code) => this.#ended(worker, code));
    this.#worker = worker;
    return worker;
  }

  #ended(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new StorageError('the thread that resolves states ended', { cause });
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
