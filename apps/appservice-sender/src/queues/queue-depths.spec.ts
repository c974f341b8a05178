import type { AppserviceQueueState } from '@plexus/storage';
import { expect, it } from 'vitest';
import { AppserviceQueue } from './appservice-queue.ts';
import { OwnedShard } from './owned-shard.ts';
import { QueueDepths } from './queue-depths.ts';

/** Takes nothing, and has something that waits. */
function failing(appserviceId: string): AppserviceQueueState {
  return {
    appserviceId,
    shard: 0,
    version: 1,
    takenSeq: 1,
    isPaused: false,
    failures: 3,
    dueInMs: 1_000,
    failingSince: 0,
    lastError: 'connect',
    lastSentAt: undefined,
    lastSeq: 5,
    firstSeq: 1,
    backlog: 4,
    oldestAgeMs: 60_000,
    transactionId: undefined,
  };
}

it('tells how queues are, but not of application services that are sent nothing any more', async () => {
  const owned = new OwnedShard({ shard: 0, epoch: 1 });
  for (const id of ['irc', 'slack']) owned.queues.set(id, new AppserviceQueue(failing(id), undefined, 0));
  const sent = new Set(['irc', 'slack']);
  const depths = new QueueDepths({
    states: { listBusy: async () => ['irc', 'slack'].map(failing) },
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
