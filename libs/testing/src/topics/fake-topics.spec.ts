import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import { sharedTopicsContract } from '../contracts/shared-topics-contract.ts';
import { topicsContract } from '../contracts/topics-contract.ts';
import { FakeTopicBroker } from './fake-topic-broker.ts';
import { FakeTopics } from './fake-topics.ts';
import type { TopicsHarness } from './topics-harness.ts';

const clock: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

async function openHarness(): Promise<TopicsHarness> {
  const broker = new FakeTopicBroker(clock);
  const opened: FakeTopics[] = [];
  return {
    async open() {
      const topics = new FakeTopics(broker, { firstRetryMs: 1 });
      opened.push(topics);
      return topics;
    },
    remake: async (topic) => broker.remake(topic.name),
    close: async () => void (await Promise.all(opened.map((topics) => topics.close()))),
  };
}

topicsContract('fake', openHarness);
sharedTopicsContract('fake', openHarness);
