import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

/** What Kafka says of itself. */
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

const SUBJECT = 'Kafka';
const ENOUGH = 3;
const NAMED = 5;

/** Whether the topics survive the loss of a broker. */
export function checkTopics({ brokers, topics }: DescribedBrokers): readonly Finding[] {
  const found: Finding[] = [];
  const headless = topics.filter(({ withoutLeader }) => withoutLeader > 0);
  if (headless.length > 0) {
    found.push(
      fault(SUBJECT, `partitions have no leader: ${namesOf(headless)}`, 'bring the brokers back that are gone'),
    );
  }
  const behind = topics.filter(({ replicas, inSyncReplicas }) => inSyncReplicas < replicas);
  if (behind.length > 0) {
    const advice = 'look at the brokers that are gone or behind';
    found.push(warning(SUBJECT, `replicas are not in sync: ${namesOf(behind)}`, advice));
  }
  const thin = topics.filter(({ replicas }) => replicas < ENOUGH);
  if (brokers < ENOUGH || thin.length > 0) {
    const text =
      brokers < ENOUGH ? `there are ${brokers} brokers` : `topics have fewer than 3 replicas: ${namesOf(thin)}`;
    const advice =
      'in production use 3 brokers and `topics.kafka.replication_factor: 3`; raise it of topics that exist with Kafka’s own tools';
    found.push(warning(SUBJECT, text, advice));
  }
  return [good(SUBJECT, `${brokers} brokers answer; ${topics.length} topics`), ...found];
}

function namesOf(topics: DescribedBrokers['topics']): string {
  const names = topics.slice(0, NAMED).map(({ name }) => name);
  return topics.length > NAMED ? `${names.join(', ')} and ${topics.length - NAMED} more` : names.join(', ');
}
