import { noticesContract } from '../contracts/notices-contract.ts';
import { FakeBroadcasts } from './fake-broadcasts.ts';
import { FakeNoticeDeliveries } from './fake-notice-deliveries.ts';
import { FakeNoticeRooms } from './fake-notice-rooms.ts';
import { FakeNoticeRounds } from './fake-notice-rounds.ts';

noticesContract('fakes', async () => {
  const users: string[] = [];
  const seen = new Set<string>();
  const deliveries = new FakeNoticeDeliveries();
  return {
    rooms: new FakeNoticeRooms(),
    deliveries,
    checks: deliveries,
    rounds: new FakeNoticeRounds(deliveries, () => users, seen),
    broadcasts: new FakeBroadcasts(() => users),
    addUsers: async (userIds) => {
      users.push(...userIds);
    },
    see: async (userIds) => {
      for (const userId of userIds) seen.add(userId);
    },
    close: async () => {},
  };
});
