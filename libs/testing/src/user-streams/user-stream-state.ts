import type { AccountDataItem, AccountDataKey } from '@plexus/storage';

export interface KeptItem {
  readonly userId: string;
  readonly item: AccountDataItem;
  readonly position: number;
}

export interface KeptMessage {
  readonly userId: string;
  readonly deviceId: string;
  readonly position: number;
  readonly message: string;
}

/** Everything that is addressed to users. A transaction changes a copy. */
export interface UserStreamState {
  items: readonly KeptItem[];
  messages: readonly KeptMessage[];
  transactions: ReadonlySet<string>;
}

export function isOfKey(kept: KeptItem, userId: string, { roomId, type }: AccountDataKey): boolean {
  return kept.userId === userId && kept.item.roomId === roomId && kept.item.type === type;
}
