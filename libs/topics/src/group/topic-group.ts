import type { Clock } from '@plexus/matrix-base';
import type { GroupConsumer, GroupConsumerOptions } from '../consumer.ts';
import type { TopicSetup } from '../topic-definition.ts';
import type { Topics } from '../topics.ts';

export interface TopicGroupPorts {
  readonly topics: Pick<Topics, 'setUp' | 'joinGroup'>;
  readonly clock: Clock;
  failed(doing: string, error: unknown): void;
}

const RETRY_MS = 500;

/** Takes part in a group as soon as its topic is there, and anew when it is told to: leaving makes the group assign anew. */
export class TopicGroup<T> {
  readonly #ports: TopicGroupPorts;
  readonly #setUps: readonly TopicSetup[];
  readonly #options: GroupConsumerOptions<T>;
  readonly #stopping = new AbortController();
  #consumer: GroupConsumer | undefined;
  #changing: Promise<void> = Promise.resolve();
  #isRejoining = false;

  constructor(ports: TopicGroupPorts, setUps: readonly TopicSetup[], options: GroupConsumerOptions<T>) {
    this.#ports = ports;
    this.#setUps = setUps;
    this.#options = options;
  }

  join(): void {
    this.#changing = this.#changing.then(() => this.#join());
  }

  rejoin(): void {
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    this.#changing = this.#changing.then(async () => {
      this.#isRejoining = false;
      await this.#consumer?.stop();
      await this.#join();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#changing;
    await this.#consumer?.stop();
  }

  async #join(): Promise<void> {
    const { topics, clock, failed } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await topics.setUp(this.#setUps);
        this.#consumer = topics.joinGroup(this.#options);
        return;
      } catch (error) {
        failed(`set up ${this.#options.topic.name}`, error);
        await clock.delay(RETRY_MS, signal);
      }
    }
  }
}
