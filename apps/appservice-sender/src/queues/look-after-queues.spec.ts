import type { AppserviceQueueRecord } from '@plexus/storage';
import { appserviceShardOf } from '@plexus/topics';
import { beforeEach, expect, it } from 'vitest';
import { LookAfterQueues } from './look-after-queues.ts';
import { OwnedShard } from './owned-shard.ts';

const IRC = { id: 'irc' };
const SHARD = appserviceShardOf(IRC.id);
const MINUTE_MS = 60_000;
/** So many looks are half a minute. */
const FORGET_LOOKS = 120;

let registered: readonly { readonly id: string }[];
let owned: OwnedShard;
let asked: string[];
let now: number;
let lookAfter: LookAfterQueues;

beforeEach(() => {
  registered = [IRC];
  owned = new OwnedShard({ shard: SHARD, epoch: 1 });
  asked = [];
  now = 1;
  lookAfter = new LookAfterQueues({
    registered: () => registered,
    transactor: {
      openQueues: async (_owned, ids) => void asked.push(`open ${ids.join(' ')}`),
      forgetSent: async (id) => {
        asked.push(`forget ${id}`);
        return 0;
      },
      removeQueue: async (_owned, id) => {
        asked.push(`remove ${id}`);
        return true;
      },
    },
    reader: { listQueues: async () => [queueOf(IRC.id)] },
    run: { start: () => undefined },
    shards: new Map([[SHARD, owned]]),
    clock: { now: () => now, delay: async () => undefined },
    keepSentMs: 1,
  });
});

function queueOf(appserviceId: string): AppserviceQueueRecord {
  const state = { version: 0, takenSeq: 0, isPaused: false, failures: 0, dueInMs: undefined, failingSince: undefined };
  return { appserviceId, shard: SHARD, ...state, lastError: undefined, lastSentAt: undefined };
}

async function look(times: number): Promise<void> {
  for (let at = 0; at < times; at += 1) await lookAfter.look();
}

it('makes a queue once, and asks for nothing while nothing changes', async () => {
  await look(3);
  registered = [...registered];
  await look(3);
  expect(asked).toEqual(['open irc']);
  expect([...owned.queues.keys()]).toEqual(['irc']);
});

it('removes the queue of who has been gone for a minute, and of nobody who comes back', async () => {
  await look(1);
  registered = [];
  await look(1);
  registered = [IRC];
  await look(1);
  registered = [];
  now += MINUTE_MS;
  await look(1);
  expect(owned.queues.size).toBe(1);
  now += MINUTE_MS;
  await look(1);
  expect(owned.queues.size).toBe(0);
  expect(asked).toEqual(['open irc', 'remove irc']);
});

it('forgets what was sent of all queues seldom, and else of those to which something was', async () => {
  await look(FORGET_LOOKS);
  expect(asked).toEqual(['open irc', 'forget irc']);
  await look(FORGET_LOOKS);
  expect(asked).toHaveLength(2);
  const queue = owned.queues.get(IRC.id);
  if (queue === undefined) throw new TypeError('there is a queue');
  now = 5;
  queue.record = { ...queue.record, lastSentAt: 4 };
  await look(FORGET_LOOKS);
  expect(asked).toHaveLength(3);
  now += MINUTE_MS;
  await look(FORGET_LOOKS);
  expect(asked).toHaveLength(3);
  await look(FORGET_LOOKS * 16);
  expect(asked).toHaveLength(3);
  await look(FORGET_LOOKS);
  expect(asked).toHaveLength(4);
});
