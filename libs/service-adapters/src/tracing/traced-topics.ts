import type { TracedRows } from '@plexus/service-shell';
import type {
  BroadcastReader,
  BroadcastReaderOptions,
  GroupConsumer,
  GroupConsumerOptions,
  Producer,
  TopicDefinition,
  Topics,
  TopicSetup,
} from '@plexus/topics';
import { TracedHandler } from './traced-handler.ts';
import { TracedProducer } from './traced-producer.ts';

/** Topics whose records carry the trace that they come of in their header `traceparent`. For processes with tracing on. */
export class TracedTopics implements Topics {
  readonly producer: Producer;
  readonly #topics: Topics;
  readonly #rows: TracedRows;

  constructor(topics: Topics, rows: TracedRows) {
    this.#topics = topics;
    this.#rows = rows;
    this.producer = new TracedProducer(topics.producer, rows);
  }

  setUp(topics: readonly TopicSetup[]): Promise<void> {
    return this.#topics.setUp(topics);
  }

  joinGroup<T>(options: GroupConsumerOptions<T>): GroupConsumer {
    const { topic, group, handler } = options;
    return this.#topics.joinGroup({
      ...options,
      handler: new TracedHandler(handler, { topic, group, rows: this.#rows }),
    });
  }

  readAll<T>(options: BroadcastReaderOptions<T>): BroadcastReader {
    const { topic, handler } = options;
    return this.#topics.readAll({ ...options, handler: new TracedHandler(handler, { topic, rows: this.#rows }) });
  }

  trim(topic: Pick<TopicDefinition<never>, 'name' | 'ifLost'>, partition: number, beforeOffset: number): Promise<void> {
    return this.#topics.trim(topic, partition, beforeOffset);
  }

  close(): Promise<void> {
    return this.#topics.close();
  }
}
