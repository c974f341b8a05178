import { MAX_LOCKED_USERS } from '@plexus/storage';
import type {
  AccountDataItem,
  AccountDataKey,
  AccountDataReader,
  AccountDataWriter,
  StoredUserItems,
  UserRepository,
  UserStreamRange,
  UserStreamReader,
  UserStreamTransaction,
  UserStreamTransactor,
} from '@plexus/storage';

interface KeptItem {
  readonly userId: string;
  readonly item: AccountDataItem;
  readonly position: number;
}

/** User streams in memory: one transaction at a time, whose changes are kept when it ends. */
export class FakeUserStreams implements UserStreamTransactor, UserStreamReader, AccountDataReader {
  readonly #users: Pick<UserRepository, 'findUser'>;
  readonly #positions = new Map<string, number>();
  #items: readonly KeptItem[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(users: Pick<UserRepository, 'findUser'>) {
    this.#users = users;
  }

  async transact<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>> {
    const wanted = [...new Set(userIds)];
    if (wanted.length > MAX_LOCKED_USERS) throw new RangeError(`${wanted.length} user streams in one transaction`);
    const running = this.#last.then(() => this.#run(wanted, work));
    this.#last = running.catch(() => undefined);
    return running;
  }

  async findPositions(userIds: readonly string[]): Promise<Map<string, number>> {
    return new Map([...this.#positions].filter(([userId]) => userIds.includes(userId)));
  }

  async findAdvanced(known: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    return new Map([...this.#positions].filter(([userId, position]) => position > (known.get(userId) ?? Infinity)));
  }

  async findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined> {
    return this.#items.find((kept) => isOfKey(kept, userId, key))?.item.content;
  }

  async listAccountData(userId: string, range?: UserStreamRange): Promise<AccountDataItem[]> {
    const { after, upTo } = range ?? { after: 0, upTo: Infinity };
    const changed = this.#items.filter((kept) => kept.position > after && kept.position <= upTo);
    return itemsOf(userId, changed);
  }

  async listRoomAccountData(userId: string, roomId: string): Promise<AccountDataItem[]> {
    return itemsOf(
      userId,
      this.#items.filter(({ item }) => item.roomId === roomId),
    );
  }

  async #run<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>> {
    const positions = new Map<string, number>();
    for (const userId of userIds) {
      const user = await this.#users.findUser(userId);
      if (user?.isDeactivated === false) positions.set(userId, this.#positions.get(userId) ?? 0);
    }
    const advanced = new Map<string, number>();
    let items = this.#items;
    const advance = (userId: string): number => {
      const position = positions.get(userId);
      if (position === undefined) throw new RangeError(`the stream of ${userId} is not locked`);
      positions.set(userId, position + 1);
      advanced.set(userId, position + 1);
      return position + 1;
    };
    const accountData: AccountDataWriter = {
      findAccountData: async (userId, key) => items.find((kept) => isOfKey(kept, userId, key))?.item.content,
      storeAccountData: async (userId, item) => {
        const others = items.filter((kept) => !isOfKey(kept, userId, item));
        items = [...others, { userId, item, position: advance(userId) }];
      },
    };
    const result = await work({ accountData, has: (userId) => positions.has(userId), advance });
    this.#items = items;
    for (const [userId, position] of advanced) this.#positions.set(userId, position);
    return { result, positions: advanced };
  }
}

function isOfKey(kept: KeptItem, userId: string, { roomId, type }: AccountDataKey): boolean {
  return kept.userId === userId && kept.item.roomId === roomId && kept.item.type === type;
}

function itemsOf(userId: string, kept: readonly KeptItem[]): AccountDataItem[] {
  const own = kept.filter((item) => item.userId === userId).sort((a, b) => a.position - b.position);
  return own.map(({ item: { roomId, type, content } }) => ({ roomId, type, content }));
}
