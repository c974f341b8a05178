import { sharedTopicsContract, topicsContract } from '@plexus/testing';
import { openKafkaHarness } from '../test-support/kafka-harness.ts';

topicsContract('Kafka', openKafkaHarness);
sharedTopicsContract('Kafka', openKafkaHarness);
