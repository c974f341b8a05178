import type { Clock } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import { RpcError, UnsentError } from './rpc-error.ts';
import type { LiveSenders, SenderChannels, SenderHandler } from './sender-channel.ts';

export interface SenderRouterOptions {
  readonly senders: LiveSenders;
  readonly channels: SenderChannels;
  readonly clock: Clock;
  /** How long a call waits for a federation-sender that is there, in milliseconds. */
  readonly deadlineMs?: number;
}

/** What is asked of any federation-sender. */
export interface SenderTask<T> {
  /** Tasks of one affinity go to one replica as long as it lives: a destination's connections are then kept there. */
  readonly affinity: string;
  /** Whether the task may be done twice: else it is not repeated once it may have been seen. */
  readonly isRepeatable: boolean;
  call(sender: SenderHandler): Promise<T>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Hands tasks to federation-senders: any replica does any task.
 *
 *     live replicas, by affinity ──► call ──► answer
 *              ▲                      │
 *              └── next, after a pause ◄── unsent, or broken and repeatable
 */
export class SenderRouter {
  readonly #options: SenderRouterOptions;
  readonly #deadlineMs: number;

  constructor(options: SenderRouterOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? 10_000;
  }

  /** Throws `RemoteServerError` where no replica did it in time, or one may have done it and it must not be done twice. */
  async run<T>(task: SenderTask<T>): Promise<T> {
    const { clock, senders } = this.#options;
    const deadline = clock.now() + this.#deadlineMs;
    let because: unknown = new RpcError('no federation-sender is running');
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      for (const address of orderByAffinity(await senders.findAddresses(), task.affinity)) {
        const attempt = await this.#attempt(task, address);
        if (attempt.outcome === 'done') return attempt.value;
        because = attempt.error;
        senders.forget();
      }
      if (clock.now() + pauseMs >= deadline)
        throw new RemoteServerError('no federation-sender answers', { cause: because });
      await clock.delay(pauseMs);
      senders.forget();
    }
  }

  async #attempt<T>(
    task: SenderTask<T>,
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
