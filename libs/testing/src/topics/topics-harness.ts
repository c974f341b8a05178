import type { TopicDefinition, Topics } from '@plexus/topics';

/** One broker or database for a test. */
export interface TopicsHarness {
  /** A process's view of it. With several processes, all see the same topics. */
  open(): Promise<Topics>;
  /** Deletes a topic with its records and makes it anew. */
  remake(topic: TopicDefinition<string>, partitions: number): Promise<void>;
  close(): Promise<void>;
}

export const PARTITIONS = 4;
export const WITHIN = { timeout: 30_000, interval: 10 };
let testCount = 0;

/** A number that no other test of this process has. */
export function nextTest(): number {
  testCount += 1;
  return testCount;
}

export function sendTo(
  topics: Topics,
  topic: TopicDefinition<string>,
  partition: number,
  values: readonly string[],
): Promise<number> {
  return topics.producer.send(
    topic,
    partition,
    values.map((value) => ({ key: 'k', value })),
  );
}
