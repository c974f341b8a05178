import type { KafkaConnection } from './kafka-connection.ts';

/** What the brokers say of themselves and of this deployment's topics. */
export interface DescribedBrokers {
  readonly brokers: number;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: number;
    /** Of the partition that has the fewest. */
    readonly replicas: number;
    readonly inSyncReplicas: number;
    readonly withoutLeader: number;
  }[];
}

/** Throws `TopicError` where no broker can be reached. */
export function describeBrokers(connection: KafkaConnection): Promise<DescribedBrokers> {
  const { topicPrefix } = connection.options;
  return connection.administer(async (admin) => {
    const { brokers } = await admin.describeCluster();
    const names = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
    const { topics } = names.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: names });
    return {
      brokers: brokers.length,
      topics: topics.map(({ name, partitions }) => ({
        name: name.slice(topicPrefix.length),
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        inSyncReplicas: Math.min(...partitions.map(({ isr }) => isr.length)),
        withoutLeader: partitions.filter(({ leader }) => leader < 0).length,
      })),
    };
  });
}
