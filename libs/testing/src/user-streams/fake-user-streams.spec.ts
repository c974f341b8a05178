import { toDeviceContract } from '../contracts/to-device-contract.ts';
import { FakeAccounts } from '../accounts/fake-accounts.ts';
import { userStreamsContract } from '../contracts/user-streams-contract.ts';
import { FakeUserStreams } from './fake-user-streams.ts';

userStreamsContract('fake', async () => {
  const users = new FakeAccounts();
  const streams = new FakeUserStreams(users);
  return { users, streams, reader: streams, accountData: streams, close: async () => {} };
});

toDeviceContract('fake', async () => {
  const users = new FakeAccounts();
  const streams = new FakeUserStreams(users);
  return { users, sessions: users, streams, reader: streams, inbox: streams, close: async () => {} };
});
