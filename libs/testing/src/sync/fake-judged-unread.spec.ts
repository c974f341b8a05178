import { judgedUnreadContract } from '../contracts/judged-unread-contract.ts';
import { FakeJudgedUnread } from './fake-judged-unread.ts';

judgedUnreadContract('fake', async () => ({ judged: new FakeJudgedUnread(), close: async () => undefined }));
