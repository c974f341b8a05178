import type { AppserviceQueueState, AppserviceQueueStates } from '@plexus/storage';
import type { OwnedShard } from './owned-shard.ts';

export interface QueueDepthsPorts {
  readonly states: Pick<AppserviceQueueStates, 'listStates'>;
  readonly shards: ReadonlyMap<number, OwnedShard>;
  /** This queue of this process has something new, of which perhaps no hint came. */
  wake(appserviceId: string): void;
}

/** How all queues are, as of lately: those of this process for metrics, and which application services take what they are sent. */
export class QueueDepths {
  readonly #ports: QueueDepthsPorts;
  #all: readonly AppserviceQueueState[] = [];

  constructor(ports: QueueDepthsPorts) {
    this.#ports = ports;
  }

  async look(): Promise<void> {
    this.#all = await this.#ports.states.listStates();
    for (const { appserviceId, lastSeq, takenSeq } of this.own) if (lastSeq > takenSeq) this.#ports.wake(appserviceId);
  }

  /** Those of this process. */
  get own(): readonly AppserviceQueueState[] {
    return this.#all.filter(({ shard }) => this.#ports.shards.has(shard));
  }

  /** One of which nothing is known yet is. */
  isUp(appserviceId: string): boolean {
    const state = this.#all.find((each) => each.appserviceId === appserviceId);
    return state === undefined || (state.failures === 0 && !state.isPaused);
  }
}
