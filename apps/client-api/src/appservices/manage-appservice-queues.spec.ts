import type { AppserviceQueueOrder } from '@plexus/rpc';
import type { AppserviceQueueState } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManageAppserviceQueues } from './manage-appservice-queues.ts';

const STATE: AppserviceQueueState = {
  appserviceId: 'irc',
  shard: 0,
  version: 1,
  takenSeq: 20,
  isPaused: false,
  failures: 0,
  dueInMs: undefined,
  failingSince: undefined,
  lastError: undefined,
  lastSentAt: undefined,
  lastSeq: 30,
  firstSeq: 10,
  backlog: 10,
  oldestAgeMs: 1,
  transactionId: undefined,
};

let orders: [id: string, order: AppserviceQueueOrder][];
let state: AppserviceQueueState | undefined;
let queues: ManageAppserviceQueues;

beforeEach(() => {
  orders = [];
  state = STATE;
  queues = new ManageAppserviceQueues({
    registry: { find: (id) => (id === 'irc' ? {} : undefined) },
    states: { listStates: async () => (state ? [state] : []), findState: async () => state },
    requests: {
      async changeQueue(id, order) {
        orders.push([id, order]);
        return 'done';
      },
      retryNow: async (id) => void orders.push([id, { kind: 'resume' }]),
    },
  });
});

describe('ManageAppserviceQueues', () => {
  it('knows no queue of one that is not registered, or is so new that it has none', async () => {
    await expect(queues.get('nobody')).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
    await expect(queues.pause('nobody')).rejects.toMatchObject({ httpStatus: 404 });
    state = undefined;
    await expect(queues.get('irc')).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
    expect(orders).toEqual([]);
  });

  it('skips what waits, or a part of it, and nothing that is to come', async () => {
    await queues.skip('irc', undefined);
    await queues.skip('irc', 25);
    await expect(queues.skip('irc', 31)).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
    expect(orders).toEqual([
      ['irc', { kind: 'skip', upToSeq: 30 }],
      ['irc', { kind: 'skip', upToSeq: 25 }],
    ]);
  });

  it.each([9, 31])('sends nothing again from %i, which is not there', async (position) => {
    await expect(queues.replay('irc', position)).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
    expect(orders).toEqual([]);
  });

  it('sends again what is there', async () => {
    expect(await queues.replay('irc', 10)).toEqual(STATE);
    expect(orders).toEqual([['irc', { kind: 'replay', fromSeq: 10 }]]);
  });
});
