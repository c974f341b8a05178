import { MAX_LOCKED_USERS } from '@plexus/storage';
import type {
  AccountDataItem,
  AccountDataKey,
  AccountDataReader,
  DeviceAddress,
  StoredUserItems,
  ToDeviceInbox,
  ToDevicePage,
  UserRepository,
  UserStreamRange,
  UserStreamReader,
  UserStreamTransaction,
  UserStreamTransactor,
} from '@plexus/storage';
import { FakeAccountDataWriter, FakeToDeviceWriter } from './fake-stream-writers.ts';
import { isOfKey } from './user-stream-state.ts';
import type { KeptItem, KeptMessage, UserStreamState } from './user-stream-state.ts';

/** Who is there. */
export interface StreamUsers extends Pick<UserRepository, 'findUser'> {
  /** By `userId deviceId`. */
  readonly devices: ReadonlyMap<string, unknown>;
}

/** User streams in memory: one transaction at a time, whose changes are kept when it ends. What waits for gone devices is left out. */
export class FakeUserStreams implements UserStreamTransactor, UserStreamReader, AccountDataReader, ToDeviceInbox {
  readonly #users: StreamUsers;
  readonly #positions = new Map<string, number>();
  #state: UserStreamState = { items: [], messages: [], transactions: new Set() };
  #last: Promise<unknown> = Promise.resolve();

  constructor(users: StreamUsers) {
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
    return this.#state.items.find((kept) => isOfKey(kept, userId, key))?.item.content;
  }

  async listAccountData(userId: string, range?: UserStreamRange): Promise<AccountDataItem[]> {
    const { after, upTo } = range ?? { after: 0, upTo: Infinity };
    const changed = this.#state.items.filter((kept) => kept.position > after && kept.position <= upTo);
    return itemsOf(userId, changed);
  }

  async listRoomAccountData(userId: string, roomId: string): Promise<AccountDataItem[]> {
    const ofRoom = this.#state.items.filter(({ item }) => item.roomId === roomId);
    return itemsOf(userId, ofRoom);
  }

  async readMessages(
    device: DeviceAddress,
    { after, upTo }: UserStreamRange,
    most: { readonly messages: number; readonly bytes: number },
  ): Promise<ToDevicePage> {
    this.#removeGone();
    const waiting = this.#inboxOf(device).filter(({ position }) => position > after && position <= upTo);
    const page: KeptMessage[] = [];
    let bytes = 0;
    for (const kept of waiting.sort((a, b) => a.position - b.position)) {
      bytes += Buffer.byteLength(kept.message);
      if (page.length > 0 && (page.length === most.messages || bytes > most.bytes)) break;
      page.push(kept);
    }
    const isAll = page.length === waiting.length;
    return { messages: page.map(({ message }) => message), upTo: isAll ? upTo : (page.at(-1)?.position ?? upTo) };
  }

  async removeMessages(device: DeviceAddress, upTo: number): Promise<void> {
    const gone = new Set(this.#inboxOf(device).filter(({ position }) => position <= upTo));
    this.#state.messages = this.#state.messages.filter((kept) => !gone.has(kept));
  }

  async forgetTransactions(): Promise<number> {
    const { size } = this.#state.transactions;
    this.#state.transactions = new Set();
    return size;
  }

  #inboxOf({ userId, deviceId }: DeviceAddress): KeptMessage[] {
    return this.#state.messages.filter((kept) => kept.userId === userId && kept.deviceId === deviceId);
  }

  #removeGone(): void {
    const { devices } = this.#users;
    this.#state.messages = this.#state.messages.filter((kept) => devices.has(`${kept.userId} ${kept.deviceId}`));
  }

  async #run<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>> {
    const positions = await this.#lock(userIds);
    const advanced = new Map<string, number>();
    const advance = (userId: string): number => {
      const position = positions.get(userId);
      if (position === undefined) throw new RangeError(`the stream of ${userId} is not locked`);
      positions.set(userId, position + 1);
      advanced.set(userId, position + 1);
      return position + 1;
    };
    this.#removeGone();
    const state = { ...this.#state };
    const result = await work({
      accountData: new FakeAccountDataWriter(state, advance),
      toDevice: new FakeToDeviceWriter(state, advance, () => this.#users.devices.keys()),
      has: (userId) => positions.has(userId),
      advance,
    });
    this.#state = state;
    for (const [userId, position] of advanced) this.#positions.set(userId, position);
    return { result, positions: advanced };
  }

  async #lock(userIds: readonly string[]): Promise<Map<string, number>> {
    const positions = new Map<string, number>();
    for (const userId of userIds) {
      const user = await this.#users.findUser(userId);
      if (user?.isDeactivated === false) positions.set(userId, this.#positions.get(userId) ?? 0);
    }
    return positions;
  }
}

function itemsOf(userId: string, kept: readonly KeptItem[]): AccountDataItem[] {
  const own = kept.filter((item) => item.userId === userId).sort((a, b) => a.position - b.position);
  return own.map(({ item: { roomId, type, content } }) => ({ roomId, type, content }));
}
