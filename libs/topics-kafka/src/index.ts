export type { DescribedBrokers } from './describe-brokers.ts';
export { KafkaTopics } from './kafka-topics.ts';
export type { KafkaTopicsOptions } from './kafka-settings.ts';
