import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_LOCKED_USERS } from '@plexus/storage';
import type { AccountDataReader, UserRepository, UserStreamReader, UserStreamTransactor } from '@plexus/storage';

export interface UserStreamsHarness {
  readonly users: Pick<UserRepository, 'addUser' | 'deactivateUser'>;
  readonly streams: UserStreamTransactor;
  readonly reader: UserStreamReader;
  readonly accountData: AccountDataReader;
  close(): Promise<void>;
}

/** What every adapter of user streams does. `open` is called once; each test takes users of its own. */
export function userStreamsContract(adapter: string, open: () => Promise<UserStreamsHarness>): void {
  describe(`UserStreamsContract: ${adapter}`, () => {
    let harness: UserStreamsHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(): Promise<string> {
      const userId = `@stream${++last}:one.example`;
      await harness.users.addUser({ userId, passwordHash: undefined });
      return userId;
    }
    function store(userId: string, type: string, content = '{}', roomId?: string) {
      return harness.streams.transact([userId], ({ accountData }) =>
        accountData.storeAccountData(userId, { roomId, type, content }),
      );
    }
    function advanceAll(userIds: readonly string[]) {
      return harness.streams.transact(userIds, async (transaction) => {
        for (const userId of userIds) transaction.advance(userId);
      });
    }
    async function positionOf(userId: string): Promise<number | undefined> {
      return (await harness.reader.findPositions([userId])).get(userId);
    }

    it('gives each item the next position of its user, and says where the stream stands', async () => {
      const [one, other] = [await addUser(), await addUser()];
      expect((await store(one, 'a')).positions).toEqual(new Map([[one, 1]]));
      expect((await store(one, 'b')).positions).toEqual(new Map([[one, 2]]));
      expect((await store(other, 'a')).positions).toEqual(new Map([[other, 1]]));
      expect(await harness.reader.findPositions([one, other])).toEqual(
        new Map([
          [one, 2],
          [other, 1],
        ]),
      );
    });

    it('gives no position twice, whoever stores at once', async () => {
      const userId = await addUser();
      const types = Array.from({ length: 20 }, (_, index) => `type${index}`);
      const stored = await Promise.all(types.map((type) => store(userId, type)));
      const positions = stored.map((each) => each.positions.get(userId));
      expect(positions.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(types.map((_, index) => index + 1));
      expect(await positionOf(userId)).toBe(20);
    });

    it('moves an item that changes to the end', async () => {
      const userId = await addUser();
      await store(userId, 'a', '{"n":1}');
      await store(userId, 'b');
      await store(userId, 'a', '{"n":2}');
      const a = { roomId: undefined, type: 'a', content: '{"n":2}' };
      const b = { roomId: undefined, type: 'b', content: '{}' };
      expect(await harness.accountData.listAccountData(userId)).toEqual([b, a]);
      expect(await harness.accountData.listAccountData(userId, { after: 0, upTo: 2 })).toEqual([b]);
      expect(await harness.accountData.listAccountData(userId, { after: 2, upTo: 3 })).toEqual([a]);
    });

    it('keeps the account and its rooms apart, and the content as it came', async () => {
      const userId = await addUser();
      const exact = '{ "a":1.0, "é":"\\u0000" }';
      await store(userId, 'a', exact, '!room');
      await store(userId, 'a', '{"of":"account"}');
      expect(await harness.accountData.findAccountData(userId, { roomId: '!room', type: 'a' })).toBe(exact);
      const ofAccount = { roomId: undefined, type: 'a' };
      expect(await harness.accountData.findAccountData(userId, ofAccount)).toBe('{"of":"account"}');
      expect(await harness.accountData.findAccountData(userId, { roomId: '!other', type: 'a' })).toBeUndefined();
      expect(await harness.accountData.listRoomAccountData(userId, '!room')).toEqual([
        { roomId: '!room', type: 'a', content: exact },
      ]);
    });

    it('sees within a transaction what is stored, and lets no other change come between', async () => {
      const userId = await addUser();
      const addOne = () =>
        harness.streams.transact([userId], async ({ accountData }) => {
          const key = { roomId: undefined, type: 'count' };
          const { n } = JSON.parse((await accountData.findAccountData(userId, key)) ?? '{"n":0}') as { n: number };
          await accountData.storeAccountData(userId, { ...key, content: JSON.stringify({ n: n + 1 }) });
        });
      await Promise.all(Array.from({ length: 10 }, addOne));
      expect(await harness.accountData.findAccountData(userId, { roomId: undefined, type: 'count' })).toBe('{"n":10}');
    });

    it('measures what a user has, but for one item', async () => {
      const [userId, other] = [await addUser(), await addUser()];
      await store(userId, 'a', '{"é":1}');
      await store(userId, 'b', '{"b":1}', '!room');
      await store(other, 'a');
      const measure = (type: string, roomId?: string) =>
        harness.streams.transact([userId], ({ accountData }) => accountData.measureOthers(userId, { roomId, type }));
      expect((await measure('a')).result).toEqual({ items: 1, bytes: 7 });
      expect((await measure('b')).result).toEqual({ items: 2, bytes: 15 });
      expect((await measure('b', '!room')).result).toEqual({ items: 1, bytes: 8 });
    });

    it('does nothing where the work fails', async () => {
      const userId = await addUser();
      await store(userId, 'before');
      const failing = harness.streams.transact([userId], async ({ accountData }) => {
        await accountData.storeAccountData(userId, { roomId: undefined, type: 'a', content: '{}' });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await positionOf(userId)).toBe(1);
      expect(await harness.accountData.findAccountData(userId, { roomId: undefined, type: 'a' })).toBeUndefined();
    });

    it('holds the streams of several users, in whatever order they are named', async () => {
      const users = [await addUser(), await addUser(), await addUser()];
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => advanceAll(index % 2 === 0 ? users : users.toReversed())),
      );
      for (const userId of users) expect(await positionOf(userId)).toBe(10);
    });

    it('has no stream for who is not there', async () => {
      const [userId, gone] = [await addUser(), await addUser()];
      await store(gone, 'a');
      await harness.users.deactivateUser(gone);
      const { result, positions } = await harness.streams.transact(
        [userId, gone, '@nobody:one.example'],
        async (transaction) => {
          transaction.advance(userId);
          expect(() => transaction.advance(gone)).toThrow(RangeError);
          return [userId, gone, '@nobody:one.example'].map((each) => transaction.has(each));
        },
      );
      expect(result).toEqual([true, false, false]);
      expect(positions).toEqual(new Map([[userId, 1]]));
    });

    it('refuses more users than one transaction may lock', async () => {
      const many = Array.from({ length: MAX_LOCKED_USERS + 1 }, (_, index) => `@many${index}:one.example`);
      await expect(harness.streams.transact(many, async () => undefined)).rejects.toThrow(RangeError);
    });

    it('finds the streams that have gone on', async () => {
      const [one, other, quiet] = [await addUser(), await addUser(), await addUser()];
      await store(one, 'a');
      await store(other, 'a');
      const known = new Map([
        [one, 0],
        [other, 1],
        [quiet, 0],
      ]);
      expect(await harness.reader.findAdvanced(known)).toEqual(new Map([[one, 1]]));
      expect(await harness.reader.findAdvanced(new Map())).toEqual(new Map());
    });
  });
}
