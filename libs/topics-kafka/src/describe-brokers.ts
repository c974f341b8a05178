import type { Admin } from 'kafkajs';
import type { KafkaConnection } from './kafka-connection.ts';

/** What the brokers say of themselves and of this deployment's topics. */
export interface DescribedBrokers {
  readonly brokers: number;
  readonly topics: readonly DescribedTopic[];
}

export interface DescribedTopic {
  readonly name: string;
  readonly partitions: number;
  /** Of the partition that has the fewest. */
  readonly replicas: number;
  readonly inSyncReplicas: number;
  readonly withoutLeader: number;
  /** How it keeps records; nothing where this login may not ask. */
  readonly safety?: TopicSafety | undefined;
}

export interface TopicSafety {
  /** So many replicas have a record before it counts as written. */
  readonly minInSyncReplicas: number;
  /** Whether a replica that lacks records may lead. */
  readonly hasUncleanElection: boolean;
}

/** @NOTE kafkajs exports its names for these in a way that Node does not see where nothing is bundled. */
const OF_TOPIC = 2;
const MIN_IN_SYNC = 'min.insync.replicas';
const UNCLEAN = 'unclean.leader.election.enable';

/** Throws `TopicError` where no broker can be reached. */
export function describeBrokers(connection: KafkaConnection): Promise<DescribedBrokers> {
  const { topicPrefix } = connection.options;
  return connection.administer(async (admin) => {
    const { brokers } = await admin.describeCluster();
    const names = (await admin.listTopics()).filter((name) => name.startsWith(topicPrefix));
    if (names.length === 0) return { brokers: brokers.length, topics: [] };
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    const safety = await describeSafety(admin, names);
    return {
      brokers: brokers.length,
      topics: topics.map(({ name, partitions }) => ({
        name: name.slice(topicPrefix.length),
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        inSyncReplicas: Math.min(...partitions.map(({ isr }) => isr.length)),
        withoutLeader: partitions.filter(({ leader }) => leader < 0).length,
        safety: safety.get(name),
      })),
    };
  });
}

/** @NOTE To ask takes a right of its own (DescribeConfigs), which the services do not need: without it nothing is known. */
async function describeSafety(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, TopicSafety>> {
  const resources = names.map((name) => ({
    type: OF_TOPIC,
    name,
    configNames: [MIN_IN_SYNC, UNCLEAN],
  }));
  try {
    const described = await admin.describeConfigs({ resources, includeSynonyms: false });
    return new Map(
      described.resources.map(({ resourceName, configEntries }) => {
        const valueOf = (wanted: string): string | undefined =>
          configEntries.find(({ configName }) => configName === wanted)?.configValue;
        return [
          resourceName,
          { minInSyncReplicas: Number(valueOf(MIN_IN_SYNC)), hasUncleanElection: valueOf(UNCLEAN) === 'true' },
        ];
      }),
    );
  } catch (error) {
    if (isNotAllowed(error)) return new Map();
    throw error;
  }
}

function isNotAllowed(error: unknown): boolean {
  return error instanceof Error && 'type' in error && String(error.type).endsWith('_AUTHORIZATION_FAILED');
}
