import type { Clock } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import { RpcError, UnsentError } from './rpc-error.ts';

/** Opens channels to replicas of a service by the address that each wrote into its row, and keeps one per address. */
export interface ReplicaChannels<Handler> {
  /** Its calls throw `RpcError`; `UnsentError` where the call certainly had no effect. */
  channelTo(address: string): Handler;
  /** Closes all channels; calls without an answer fail with `RpcError`. */
  close(): Promise<void>;
}

/** The replicas of a service that are alive, as far as the caller knows. */
export interface LiveReplicas {
  findAddresses(): Promise<readonly string[]>;
  /** Asks again next time: one of them did not answer. */
  forget(): void;
}

export interface ReplicaRouterOptions<Handler> {
  /** What the replicas are called in errors. */
  readonly service: string;
  readonly replicas: LiveReplicas;
  readonly channels: Pick<ReplicaChannels<Handler>, 'channelTo'>;
  readonly clock: Clock;
  /** How long a call waits for a replica that is there, in milliseconds. */
  readonly deadlineMs?: number | undefined;
  /** Is shown each call as it begins. */
  readonly follow?: (answer: Promise<unknown>) => void;
}

/** What is asked of any replica. */
export interface ReplicaTask<T, Handler> {
  /** Tasks of one affinity go to one replica as long as it lives: what it keeps for them is then kept once. */
  readonly affinity: string;
  /** Whether the task may be done twice: else it is not repeated once it may have been seen. */
  readonly isRepeatable: boolean;
  call(replica: Handler): Promise<T>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Hands tasks to the replicas of a service: any replica does any task.
 *
 *     live replicas, by affinity ──► call ──► answer
 *              ▲                      │
 *              └── next, after a pause ◄── unsent, or broken and repeatable
 */
export class ReplicaRouter<Handler> {
  readonly #options: ReplicaRouterOptions<Handler>;
  readonly #deadlineMs: number;

  constructor(options: ReplicaRouterOptions<Handler>) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? 10_000;
  }

  /** Throws `RemoteServerError` where no replica did it in time, or one may have done it and it must not be done twice. */
  run<T>(task: ReplicaTask<T, Handler>): Promise<T> {
    const answer = this.#run(task);
    this.#options.follow?.(answer);
    return answer;
  }

  async #run<T>(task: ReplicaTask<T, Handler>): Promise<T> {
    const { clock, replicas, service } = this.#options;
    const deadline = clock.now() + this.#deadlineMs;
    let because: unknown = new RpcError(`no ${service} is running`);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      for (const address of orderByAffinity(await replicas.findAddresses(), task.affinity)) {
        const attempt = await this.#attempt(task, address);
        if (attempt.outcome === 'done') return attempt.value;
        because = attempt.error;
        replicas.forget();
      }
      if (clock.now() + pauseMs >= deadline) throw new RemoteServerError(`no ${service} answers`, { cause: because });
      await clock.delay(pauseMs);
      replicas.forget();
    }
  }

  async #attempt<T>(
    task: ReplicaTask<T, Handler>,
    address: string,
  ): Promise<
    { readonly outcome: 'done'; readonly value: T } | { readonly outcome: 'failed'; readonly error: RpcError }
  > {
    try {
      return { outcome: 'done', value: await task.call(this.#options.channels.channelTo(address)) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error instanceof UnsentError || task.isRepeatable) return { outcome: 'failed', error };
      throw new RemoteServerError(`${address} did not answer`, { cause: error });
    }
  }
}

/** Rendezvous hashing: a replica that comes or goes moves only what is its own. */
function orderByAffinity(addresses: readonly string[], affinity: string): string[] {
  const weights = new Map(addresses.map((address) => [address, hashOf(`${address} ${affinity}`)]));
  return [...addresses].toSorted((one, other) => (weights.get(one) ?? 0) - (weights.get(other) ?? 0));
}

/** FNV-1a: spreads short texts well, and nothing depends on more than that. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // The last steps of a finalizer: without them texts that differ in front only keep their order.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
