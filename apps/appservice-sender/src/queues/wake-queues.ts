import { appserviceShardOf } from '@plexus/topics';
import type { OwnedShard } from './owned-shard.ts';
import type { RunQueue } from './run-queue.ts';

export interface WakeQueuesPorts {
  readonly shards: ReadonlyMap<number, OwnedShard>;
  readonly run: Pick<RunQueue, 'start'>;
  /** Tells the owners of these queues, in other processes. Nobody waits for it; who is not told finds what is new within a second. */
  tellOthers(appserviceIds: readonly string[]): void;
}

/** Tells queues that they have something new, wherever they are. */
export class WakeQueues {
  readonly #ports: WakeQueuesPorts;

  constructor(ports: WakeQueuesPorts) {
    this.#ports = ports;
  }

  wake(appserviceIds: Iterable<string>): void {
    const others = [...appserviceIds].filter((id) => !this.wakeOwn(id));
    if (others.length > 0) this.#ports.tellOthers(others);
  }

  /** False where the queue is not of this process. */
  wakeOwn(appserviceId: string): boolean {
    const owned = this.#ports.shards.get(appserviceShardOf(appserviceId));
    if (owned === undefined) return false;
    const queue = owned.queues.get(appserviceId);
    if (queue === undefined) return true;
    queue.hasNews = true;
    this.#ports.run.start(owned, queue);
    return true;
  }
}
