import { expect, it } from 'vitest';
import { failingQueueOf } from '../../../../libs/appservices/test-support/failing-queue.ts';
import { AppserviceQueue } from './appservice-queue.ts';
import { OwnedShard } from './owned-shard.ts';
import { QueueDepths } from './queue-depths.ts';

it('tells how queues are, but not of application services that are sent nothing any more', async () => {
  const owned = new OwnedShard({ shard: 0, epoch: 1 });
  for (const id of ['irc', 'slack']) owned.queues.set(id, new AppserviceQueue(failingQueueOf(id), undefined, 0));
  const sent = new Set(['irc', 'slack']);
  const depths = new QueueDepths({
    states: { listBusy: async () => ['irc', 'slack'].map(failingQueueOf) },
    shards: new Map([[0, owned]]),
    isSent: (id) => sent.has(id),
    wake: () => {},
  });
  await depths.look();
  expect(depths.own.map(({ appserviceId, failures }) => [appserviceId, failures])).toEqual([
    ['irc', 3],
    ['slack', 3],
  ]);
  sent.delete('slack');
  expect(depths.own.map(({ appserviceId }) => appserviceId)).toEqual(['irc']);
});
