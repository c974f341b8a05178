import type { AppserviceQueueState } from '@plexus/storage';
import { expect, it } from 'vitest';
import { appserviceOf } from '../../../../libs/appservices/test-support/appservice.ts';
import { FakeAppserviceRequests } from '../../test-support/fake-appservice-requests.ts';
import { ManageAppserviceQueues } from './manage-appservice-queues.ts';

const STATE: AppserviceQueueState = {
  appserviceId: 'irc',
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

it('knows whether an application service is sent anything: one whose URL was taken away is not', async () => {
  let registered = appserviceOf();
  const queues = new ManageAppserviceQueues({
    registry: { find: () => registered },
    states: { listStates: async () => [STATE], findState: async () => STATE },
    requests: new FakeAppserviceRequests(),
  });
  expect(await queues.get('irc')).toEqual({ ...STATE, isSent: true });
  registered = appserviceOf({ url: null });
  expect(await queues.get('irc')).toEqual({ ...STATE, isSent: false });
  expect(await queues.list()).toEqual([{ ...STATE, isSent: false }]);
});
