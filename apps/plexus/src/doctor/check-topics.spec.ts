import { expect, it } from 'vitest';
import { checkTopics } from './check-topics.ts';
import type { DescribedBrokers } from './check-topics.ts';

const TOPIC = { name: 'room.events', partitions: 64, replicas: 3, inSyncReplicas: 3, withoutLeader: 0 };

function levels(described: DescribedBrokers): string[] {
  return checkTopics(described).map(({ level, text }) => `${level}: ${text}`);
}

it('is content with three brokers that have everything', () => {
  expect(levels({ brokers: 3, topics: [TOPIC] })).toEqual(['good: 3 brokers answer; 1 topics']);
});

it('warns of what a lost broker would take along, and of what it has taken', () => {
  const thin = { ...TOPIC, replicas: 1, inSyncReplicas: 1 };
  expect(levels({ brokers: 1, topics: [thin] }).slice(1)).toEqual(['warning: there are 1 brokers']);
  expect(levels({ brokers: 3, topics: [TOPIC, { ...thin, name: 'thin' }] }).slice(1)).toEqual([
    'warning: topics have fewer than 3 replicas: thin',
  ]);
  const broken = { ...TOPIC, inSyncReplicas: 2, withoutLeader: 1 };
  expect(levels({ brokers: 3, topics: [broken] }).slice(1)).toEqual([
    'fault: partitions have no leader: room.events',
    'warning: replicas are not in sync: room.events',
  ]);
});

it('says where nothing can be written', () => {
  const safety = { minInSyncReplicas: 2, hasUncleanElection: false };
  const short = { ...TOPIC, inSyncReplicas: 1, safety };
  expect(levels({ brokers: 3, topics: [TOPIC, short] }).slice(1)).toEqual([
    'fault: nothing can be written, as too few replicas are in sync: room.events',
    'warning: replicas are not in sync: room.events',
  ]);
});

it('warns where what was acknowledged may be lost with a broker', () => {
  const careless = { ...TOPIC, safety: { minInSyncReplicas: 1, hasUncleanElection: true } };
  expect(levels({ brokers: 3, topics: [careless] }).slice(1)).toEqual([
    'warning: a record counts as written once a single broker has it: room.events',
    'warning: a broker that lacks records may lead: room.events',
  ]);
});
