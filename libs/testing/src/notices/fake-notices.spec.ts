import { noticesContract } from '../contracts/notices-contract.ts';
import { FakeBroadcasts } from './fake-broadcasts.ts';
import { FakeNoticeDeliveries } from './fake-notice-deliveries.ts';
import { FakeNoticeRooms } from './fake-notice-rooms.ts';

noticesContract('fakes', async () => {
  const users: string[] = [];
  const deliveries = new FakeNoticeDeliveries();
  return {
    rooms: new FakeNoticeRooms(),
    deliveries,
    checks: deliveries,
    broadcasts: new FakeBroadcasts(() => users),
    addUsers: async (userIds) => {
      users.push(...userIds);
    },
    close: async () => {},
  };
});
