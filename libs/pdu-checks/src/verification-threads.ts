import { Worker } from 'node:worker_threads';
import type { Ed25519Claim } from '@plexus/matrix-base';
import type { VerificationMessage, VerificationTask } from './verification-worker.ts';

/** PDUs could not be checked, for a reason that is not theirs. */
export class VerificationError extends Error {
  override name = 'VerificationError';
}

interface Asked {
  readonly size: number;
  resolve(verified: readonly boolean[]): void;
  reject(error: VerificationError): void;
}

interface Thread {
  readonly worker: Worker;
  readonly asked: Map<number, Asked>;
}

/**
 * Threads that verify signatures, so that the main thread goes on with other work. They are started when they are first needed; one that
 * died is replaced.
 */
export class VerificationThreads {
  readonly #most: number;
  readonly #threads: Thread[] = [];
  #lastTaskId = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether each signature is right. Throws `VerificationError` where the thread dies. */
  verify(claims: readonly Ed25519Claim[]): Promise<readonly boolean[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly boolean[]>();
    const taskId = ++this.#lastTaskId;
    const thread = this.#choose();
    thread.asked.set(taskId, { size: claims.length, resolve, reject });
    thread.worker.postMessage({ taskId, claims } satisfies VerificationTask);
    return promise;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** The thread with the least to do; another one while all have something. */
  #choose(): Thread {
    const idlest = this.#threads.toSorted((a, b) => loadOf(a) - loadOf(b))[0];
    if (idlest !== undefined && (loadOf(idlest) === 0 || this.#threads.length >= this.#most)) return idlest;
    return this.#start();
  }

  /** @NOTE Run from its sources the worker is a TypeScript file, as this one. */
  #start(): Thread {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./verification-worker.${extension}`, import.meta.url));
    const thread: Thread = { worker, asked: new Map() };
    worker.unref();
    worker.on('message', (message: VerificationMessage) => settle(thread, message));
    worker.on('error', (cause) => this.#ended(thread, cause));
    worker.on('exit', (code) => this.#ended(thread, code));
    this.#threads.push(thread);
    return thread;
  }

  #ended(thread: Thread, cause: unknown): void {
    const index = this.#threads.indexOf(thread);
    if (index !== -1) this.#threads.splice(index, 1);
    const error = new VerificationError('a thread that checks signatures ended', { cause });
    for (const { reject } of thread.asked.values()) reject(error);
    thread.asked.clear();
  }
}

function loadOf({ asked }: Thread): number {
  let load = 0;
  for (const { size } of asked.values()) load += size;
  return load;
}

function settle({ asked }: Thread, message: VerificationMessage): void {
  asked.get(message.taskId)?.resolve(message.verified);
  asked.delete(message.taskId);
}
