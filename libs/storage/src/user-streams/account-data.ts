import type { UserStreamRange } from './user-stream-range.ts';

/** Names an item of account data: of a room, or of the whole account where no room is named. */
export interface AccountDataKey {
  readonly roomId: string | undefined;
  readonly type: string;
}

/** https://spec.matrix.org/v1.19/client-server-api/#client-config */
export interface AccountDataItem extends AccountDataKey {
  /** A JSON object, as it came. */
  readonly content: string;
}

export interface AccountDataReader {
  findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined>;
  /** What was last changed within the range, in the order of the changes; without a range, everything. */
  listAccountData(userId: string, range?: UserStreamRange): Promise<AccountDataItem[]>;
  listRoomAccountData(userId: string, roomId: string): Promise<AccountDataItem[]>;
}

/** How much account data a user has. */
export interface AccountDataSize {
  readonly items: number;
  /** Of all contents. */
  readonly bytes: number;
}

/** Of a transaction that holds the user's stream. */
export interface AccountDataWriter {
  findAccountData(userId: string, key: AccountDataKey): Promise<string | undefined>;
  /** All that the user has but for the item of this key. */
  measureOthers(userId: string, key: AccountDataKey): Promise<AccountDataSize>;
  storeAccountData(userId: string, item: AccountDataItem): Promise<void>;
}
