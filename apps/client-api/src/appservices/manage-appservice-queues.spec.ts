import { expect, it } from 'vitest';
import { appserviceOf } from '../../../../libs/appservices/test-support/appservice.ts';
import { failingQueueOf } from '../../../../libs/appservices/test-support/failing-queue.ts';
import { FakeAppserviceRequests } from '../../test-support/fake-appservice-requests.ts';
import { ManageAppserviceQueues } from './manage-appservice-queues.ts';

const STATE = failingQueueOf('irc');

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
