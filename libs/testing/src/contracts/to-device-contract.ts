import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_WAITING_MESSAGES } from '@plexus/storage';
import type {
  NewToDeviceMessage,
  SessionRepository,
  ToDeviceInbox,
  UserRepository,
  UserStreamReader,
  UserStreamTransactor,
} from '@plexus/storage';

export interface ToDeviceHarness {
  readonly users: Pick<UserRepository, 'addUser' | 'deactivateUser'>;
  readonly sessions: Pick<SessionRepository, 'openSession' | 'removeDevices'>;
  readonly streams: UserStreamTransactor;
  readonly reader: UserStreamReader;
  readonly inbox: ToDeviceInbox;
  close(): Promise<void>;
}

const PAGE = { messages: 100, bytes: 1_000_000 };

/** What every adapter of messages for devices does. `open` is called once; each test takes users of its own. */
export function toDeviceContract(adapter: string, open: () => Promise<ToDeviceHarness>): void {
  describe(`ToDeviceContract: ${adapter}`, () => {
    let harness: ToDeviceHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(...deviceIds: readonly string[]): Promise<string> {
      const userId = `@inbox${++last}:one.example`;
      await harness.users.addUser({ userId, passwordHash: undefined });
      for (const deviceId of deviceIds) await openSession(userId, deviceId);
      return userId;
    }
    async function openSession(userId: string, deviceId: string): Promise<void> {
      const tokenHash = Buffer.from(`${userId} ${deviceId} ${++last}`);
      await harness.sessions.openSession({ userId, deviceId, deviceDisplayName: undefined, tokenHash });
    }
    async function send(messages: readonly NewToDeviceMessage[], transactionId = `t${++last}`): Promise<boolean> {
      const users = messages.map(({ userId }) => userId);
      const sent = { sender: '@sender:one.example', transactionId };
      const { result } = await harness.streams.transact(users, ({ toDevice }) =>
        toDevice.storeMessages(messages, sent),
      );
      return result;
    }
    async function read(userId: string, deviceId: string, after = 0, upTo = Number.MAX_SAFE_INTEGER, most = PAGE) {
      return await harness.inbox.readMessages({ userId, deviceId }, { after, upTo }, most);
    }
    async function waiting(userId: string, deviceId: string): Promise<readonly string[]> {
      return (await read(userId, deviceId)).messages;
    }

    it('keeps messages for devices that are there, in the order in which they came', async () => {
      const userId = await addUser('ONE', 'TWO');
      await send([{ userId, deviceId: 'ONE', message: 'a' }]);
      await send([
        { userId, deviceId: 'ONE', message: 'b' },
        { userId, deviceId: 'TWO', message: 'c' },
        { userId, deviceId: 'NONE', message: 'd' },
      ]);
      expect(await waiting(userId, 'ONE')).toEqual(['a', 'b']);
      expect(await waiting(userId, 'TWO')).toEqual(['c']);
      expect(await waiting(userId, 'NONE')).toEqual([]);
      expect((await harness.reader.findPositions([userId])).get(userId)).toBe(3);
    });

    it('puts a message for all devices into those that no other message names', async () => {
      const [userId, other] = [await addUser('ONE', 'TWO'), await addUser('ONE')];
      await send([
        { userId, deviceId: undefined, message: 'all' },
        { userId, deviceId: 'TWO', message: 'own' },
      ]);
      expect([await waiting(userId, 'ONE'), await waiting(userId, 'TWO')]).toEqual([['all'], ['own']]);
      expect(await waiting(other, 'ONE')).toEqual([]);
    });

    it('stores a transaction once, also when it comes twice at the same time', async () => {
      const userId = await addUser('ONE');
      const message = { userId, deviceId: 'ONE', message: 'a' };
      const stored = await Promise.all([send([message], 'same'), send([message], 'same')]);
      expect(stored.toSorted()).toEqual([false, true]);
      expect(await send([message], 'same')).toBe(false);
      expect(await waiting(userId, 'ONE')).toEqual(['a']);
    });

    it('ignores who is not there', async () => {
      const gone = await addUser('ONE');
      await harness.users.deactivateUser(gone);
      expect(await send([{ userId: gone, deviceId: 'ONE', message: 'a' }])).toBe(true);
      expect(await send([{ userId: '@nobody:one.example', deviceId: undefined, message: 'a' }])).toBe(true);
      expect(await waiting(gone, 'ONE')).toEqual([]);
    });

    it('gives pages by count and by bytes, and says up to where each goes', async () => {
      const userId = await addUser('ONE');
      for (const message of ['aaaa', 'bbbb', 'cccc']) await send([{ userId, deviceId: 'ONE', message }]);
      expect(await read(userId, 'ONE', 0, 9, { messages: 2, bytes: 100 })).toEqual({
        messages: ['aaaa', 'bbbb'],
        upTo: 2,
      });
      expect(await read(userId, 'ONE', 0, 9, { messages: 3, bytes: 100 })).toMatchObject({ upTo: 9 });
      expect(await read(userId, 'ONE', 0, 9, { messages: 9, bytes: 8 })).toMatchObject({ upTo: 2 });
      expect(await read(userId, 'ONE', 1, 9, { messages: 9, bytes: 1 })).toEqual({ messages: ['bbbb'], upTo: 2 });
      expect(await read(userId, 'ONE', 1, 2)).toEqual({ messages: ['bbbb'], upTo: 2 });
    });

    it('removes what a device has, and no more', async () => {
      const userId = await addUser('ONE', 'TWO');
      for (const message of ['a', 'b']) await send([{ userId, deviceId: undefined, message }]);
      await harness.inbox.removeMessages({ userId, deviceId: 'ONE' }, 2);
      expect([await waiting(userId, 'ONE'), await waiting(userId, 'TWO')]).toEqual([['b'], ['a', 'b']]);
    });

    it('forgets what waits for a device that goes, also when the device comes again', async () => {
      const userId = await addUser('ONE', 'TWO');
      await send([{ userId, deviceId: undefined, message: 'a' }]);
      await harness.sessions.removeDevices(userId, ['ONE']);
      expect([await waiting(userId, 'ONE'), await waiting(userId, 'TWO')]).toEqual([[], ['a']]);
      await openSession(userId, 'ONE');
      expect(await waiting(userId, 'ONE')).toEqual([]);
    });

    it('gives the oldest up where too many wait', async () => {
      const userId = await addUser('ONE');
      const transact = (count: number) =>
        harness.streams.transact([userId], async (transaction) => {
          for (let index = 0; index < count; index += 1) transaction.advance(userId);
          await transaction.toDevice.storeMessages([{ userId, deviceId: 'ONE', message: String(count) }], {
            sender: '@s:one.example',
            transactionId: `skip${count}`,
          });
        });
      await transact(0);
      await transact(MAX_WAITING_MESSAGES);
      expect(await waiting(userId, 'ONE')).toEqual(['0', String(MAX_WAITING_MESSAGES)]);
    });

    it('forgets transactions of long ago', async () => {
      const userId = await addUser('ONE');
      const message = { userId, deviceId: 'ONE', message: 'a' };
      await send([message], 'old');
      expect(await harness.inbox.forgetTransactions(-1000, 10_000)).toBeGreaterThan(0);
      expect(await send([message], 'old')).toBe(true);
    });
  });
}
