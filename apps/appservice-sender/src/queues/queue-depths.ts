import type { AppserviceQueueState, AppserviceQueueStates } from '@plexus/storage';
import type { AppserviceQueue } from './appservice-queue.ts';
import type { OwnedShard } from './owned-shard.ts';

export interface QueueDepthsPorts {
  readonly states: Pick<AppserviceQueueStates, 'listBusy'>;
  readonly shards: ReadonlyMap<number, OwnedShard>;
  /** Whether the application service is sent anything: one without a URL is not. */
  isSent(appserviceId: string): boolean;
  /** This queue of this process has something new, of which perhaps no hint came. */
  wake(appserviceId: string): void;
}

/** How a queue is, for metrics. */
export type QueueDepth = Pick<
  AppserviceQueueState,
  'appserviceId' | 'backlog' | 'oldestAgeMs' | 'failures' | 'isPaused' | 'dueInMs' | 'lastError'
>;

/**
 * How queues are, as of lately: those of this process for metrics, and which application services take what they are sent. Only queues that have
 * something to send, or that are held up, are read: of thousands most are idle.
 */
export class QueueDepths {
  readonly #ports: QueueDepthsPorts;
  #busy: ReadonlyMap<string, AppserviceQueueState> = new Map();

  constructor(ports: QueueDepthsPorts) {
    this.#ports = ports;
  }

  async look(): Promise<void> {
    const { states, shards, wake } = this.#ports;
    const busy = await states.listBusy();
    this.#busy = new Map(busy.map((state) => [state.appserviceId, state]));
    for (const { appserviceId, shard, lastSeq, takenSeq } of busy) {
      if (lastSeq > takenSeq && shards.has(shard)) wake(appserviceId);
    }
  }

  /** Those of this process that are sent: what waits in another one, and that it was not taken once, calls for nobody. */
  get own(): readonly QueueDepth[] {
    const queues = [...this.#ports.shards.values()].flatMap(({ queues: own }) => [...own.values()]);
    const sent = queues.filter(({ id }) => this.#ports.isSent(id));
    return sent.map((queue) => this.#busy.get(queue.id) ?? idle(queue));
  }

  /** One of which nothing is known is. */
  isUp(appserviceId: string): boolean {
    const state = this.#busy.get(appserviceId);
    return state === undefined || (state.failures === 0 && !state.isPaused);
  }
}

function idle({ id, record: { lastError } }: AppserviceQueue): QueueDepth {
  return {
    appserviceId: id,
    backlog: 0,
    oldestAgeMs: undefined,
    failures: 0,
    isPaused: false,
    dueInMs: undefined,
    lastError,
  };
}
