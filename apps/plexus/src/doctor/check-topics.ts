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
    /** How it keeps records; nothing where that is not known. */
    readonly safety?: { readonly minInSyncReplicas: number; readonly hasUncleanElection: boolean } | undefined;
  }[];
}

type Topics = DescribedBrokers['topics'];

const SUBJECT = 'Kafka';
const ENOUGH = 3;
/** So many have a record before anybody is told that it is there. */
const SAFE_COPIES = 2;
const NAMED = 5;

/** Whether the topics take records, and keep them where a broker is lost. */
export function checkTopics({ brokers, topics }: DescribedBrokers): readonly Finding[] {
  return [
    good(SUBJECT, `${brokers} brokers answer; ${topics.length} topics`),
    ...checkReplicas(topics),
    ...checkCopies(brokers, topics),
    ...checkSafety(topics),
  ];
}

function checkReplicas(topics: Topics): Finding[] {
  const found: Finding[] = [];
  const headless = topics.filter(({ withoutLeader }) => withoutLeader > 0);
  if (headless.length > 0) {
    found.push(
      fault(SUBJECT, `partitions have no leader: ${namesOf(headless)}`, 'bring the brokers back that are gone'),
    );
  }
  const refusing = topics.filter(
    ({ inSyncReplicas, safety }) => safety !== undefined && inSyncReplicas < safety.minInSyncReplicas,
  );
  if (refusing.length > 0) {
    const text = `nothing can be written, as too few replicas are in sync: ${namesOf(refusing)}`;
    found.push(fault(SUBJECT, text, 'bring the brokers back that are gone or behind'));
  }
  const behind = topics.filter(({ replicas, inSyncReplicas }) => inSyncReplicas < replicas);
  if (behind.length > 0) {
    const advice = 'look at the brokers that are gone or behind';
    found.push(warning(SUBJECT, `replicas are not in sync: ${namesOf(behind)}`, advice));
  }
  return found;
}

function checkCopies(brokers: number, topics: Topics): Finding[] {
  const thin = topics.filter(({ replicas }) => replicas < ENOUGH);
  if (brokers >= ENOUGH && thin.length === 0) return [];
  const text =
    brokers < ENOUGH ? `there are ${brokers} brokers` : `topics have fewer than 3 replicas: ${namesOf(thin)}`;
  const advice =
    'in production use 3 brokers and `topics.kafka.replication_factor: 3`; raise it of topics that exist with Kafka’s own tools';
  return [warning(SUBJECT, text, advice)];
}

function checkSafety(topics: Topics): Finding[] {
  const found: Finding[] = [];
  const lone = topics.filter(
    ({ replicas, safety }) => replicas >= ENOUGH && safety !== undefined && safety.minInSyncReplicas < SAFE_COPIES,
  );
  if (lone.length > 0) {
    const text = `a record counts as written once a single broker has it: ${namesOf(lone)}`;
    found.push(warning(SUBJECT, text, 'set `min.insync.replicas=2` of these topics with Kafka’s own tools'));
  }
  const unclean = topics.filter(({ safety }) => safety?.hasUncleanElection === true);
  if (unclean.length > 0) {
    const text = `a broker that lacks records may lead: ${namesOf(unclean)}`;
    const advice = 'set `unclean.leader.election.enable=false` of these topics with Kafka’s own tools';
    found.push(warning(SUBJECT, text, advice));
  }
  return found;
}

function namesOf(topics: Topics): string {
  const names = topics.slice(0, NAMED).map(({ name }) => name);
  return topics.length > NAMED ? `${names.join(', ')} and ${topics.length - NAMED} more` : names.join(', ');
}
