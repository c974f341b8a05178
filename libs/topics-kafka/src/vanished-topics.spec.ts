import { createRequire } from 'node:module';
import { expect, it, vi } from 'vitest';

interface Broker {
  metadata(topics: readonly string[]): Promise<unknown>;
}

interface Cluster {
  metadata(query: { topics: readonly string[] }): Promise<unknown>;
}

const load = createRequire(import.meta.url);
/** What the client asks brokers with, and what keeps them: it shows neither. */
const { prototype: cluster }: { prototype: object } = load('kafkajs/src/cluster/index.js');
const { prototype: pool }: { prototype: object } = load('kafkajs/src/cluster/brokerPool.js');
const createRetrier: (options: object) => unknown = load('kafkajs/src/retry/index.js');

it('says why no broker told of a topic that was there a moment ago', async () => {
  const gone = Object.assign(new Error('There is no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  const asked = clusterOf([brokerThat(() => Promise.reject(gone)), brokerThat(() => Promise.reject(gone))]);
  await expect(asked.metadata({ topics: ['t'] })).rejects.toMatchObject({ type: gone.type });
});

it('asks another broker where one fails', async () => {
  const broken = brokerThat(() => Promise.reject(new Error('closed')));
  const answers = { topicMetadata: [] };
  for (let turn = 0; turn < 20; turn++) {
    const asked = clusterOf([broken, brokerThat(() => Promise.resolve(answers))]);
    expect(await asked.metadata({ topics: ['t'] })).toBe(answers);
  }
  expect(broken.metadata).toHaveBeenCalled();
});

it('asks again while a partition has no leader', async () => {
  const leaderless = Object.assign(new Error('no leader'), { type: 'LEADER_NOT_AVAILABLE', retriable: true });
  const answers = { topicMetadata: [] };
  const broker = brokerThat(() => Promise.resolve(answers));
  broker.metadata.mockRejectedValueOnce(leaderless);
  expect(await clusterOf([broker]).metadata({ topics: ['t'] })).toBe(answers);
});

function brokerThat(answer: () => Promise<unknown>) {
  return { metadata: vi.fn<Broker['metadata']>(answer) };
}

/** A client that has just found all topics with these brokers. */
function clusterOf(brokers: readonly Broker[]): Cluster {
  const brokerPool = Object.assign(Object.create(pool), {
    brokers,
    refreshMetadataIfNecessary: async () => {},
    findBroker: async ({ nodeId }: { nodeId: number }) => brokers[nodeId],
  });
  return Object.assign(Object.create(cluster), {
    brokerPool,
    retrier: createRetrier({ initialRetryTime: 1, retries: 1 }),
  });
}
