import type { Receipt, ReceiptQuery, RoomLogRow } from '@plexus/storage';

type FakeReceipt = Receipt & Pick<RoomLogRow, 'shard' | 'roomNid' | 'position'>;

/** The newest receipt of each user, type and thread of rooms in memory. */
export class FakeReceipts {
  readonly #receipts = new Map<string, FakeReceipt>();

  keep(receipt: FakeReceipt): void {
    this.#receipts.set(`${receipt.roomNid} ${receipt.userId} ${receipt.receiptType} ${receipt.threadId}`, receipt);
  }

  /** What a user sees of a room's. */
  list({ shard, roomNid, userId, after, upTo, limit }: ReceiptQuery): Receipt[] {
    const found = [...this.#receipts.values()].filter(
      (receipt) => receipt.shard === shard && receipt.roomNid === roomNid && receipt.position > after,
    );
    const visible = found.filter((receipt) => receipt.position <= upTo && receipt.receiptType !== 'm.read.private');
    const own = found.filter((receipt) => receipt.position <= upTo && receipt.userId === userId);
    const others = visible.filter((receipt) => receipt.userId !== userId);
    return [...others.toSorted((a, b) => b.position - a.position).slice(0, limit), ...own];
  }

  ofUser(userId: string, roomNid: number): readonly Receipt[] {
    return [...this.#receipts.values()].filter((receipt) => receipt.roomNid === roomNid && receipt.userId === userId);
  }
}
