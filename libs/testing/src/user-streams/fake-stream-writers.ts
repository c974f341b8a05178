import { MAX_WAITING_MESSAGES } from '@plexus/storage';
import type {
  AccountDataItem,
  AccountDataKey,
  AccountDataSize,
  AccountDataWriter,
  NewToDeviceMessage,
  ToDeviceTransaction,
  ToDeviceWriter,
} from '@plexus/storage';
import { isOfKey } from './user-stream-state.ts';
import type { UserStreamState } from './user-stream-state.ts';

export class FakeAccountDataWriter implements AccountDataWriter {
  readonly #state: UserStreamState;
  readonly #advance: (userId: string) => number;

  constructor(state: UserStreamState, advance: (userId: string) => number) {
    this.#state = state;
    this.#advance = advance;
  }

  async findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined> {
    return this.#state.items.find((kept) => isOfKey(kept, userId, key))?.item.content;
  }

  async measureOthers(userId: string, key: AccountDataKey): Promise<AccountDataSize> {
    const others = this.#state.items.filter((kept) => kept.userId === userId && !isOfKey(kept, userId, key));
    const bytes = others.reduce((sum, { item }) => sum + Buffer.byteLength(item.content), 0);
    return { items: others.length, bytes };
  }

  async storeAccountData(userId: string, item: AccountDataItem): Promise<void> {
    const others = this.#state.items.filter((kept) => !isOfKey(kept, userId, item));
    this.#state.items = [...others, { userId, item, position: this.#advance(userId) }];
  }
}

export class FakeToDeviceWriter implements ToDeviceWriter {
  readonly #state: UserStreamState;
  readonly #advance: (userId: string) => number;
  /** As `userId deviceId`. */
  readonly #devices: () => Iterable<string>;

  constructor(state: UserStreamState, advance: (userId: string) => number, devices: () => Iterable<string>) {
    this.#state = state;
    this.#advance = advance;
    this.#devices = devices;
  }

  async storeMessages(messages: readonly NewToDeviceMessage[], sent: ToDeviceTransaction): Promise<boolean> {
    const key = `${sent.sender} ${sent.transactionId}`;
    if (this.#state.transactions.has(key)) return false;
    this.#state.transactions = new Set([...this.#state.transactions, key]);
    for (const device of [...this.#devices()].sort()) {
      const [userId = '', deviceId = ''] = device.split(' ');
      const own = messages.filter((each) => each.userId === userId);
      const chosen = own.find((each) => each.deviceId === deviceId) ?? own.find((each) => each.deviceId === undefined);
      if (chosen !== undefined) this.#add(userId, deviceId, chosen.message);
    }
    return true;
  }

  #add(userId: string, deviceId: string, message: string): void {
    const added = { userId, deviceId, message, position: this.#advance(userId) };
    const [inbox, others] = [[added], [] as (typeof added)[]];
    for (const kept of this.#state.messages) {
      (kept.userId === userId && kept.deviceId === deviceId ? inbox : others).push(kept);
    }
    inbox.sort((a, b) => a.position - b.position);
    this.#state.messages = [...others, ...inbox.slice(-MAX_WAITING_MESSAGES)];
  }
}
