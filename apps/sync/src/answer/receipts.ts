import type { Receipt, ReceiptReader } from '@plexus/storage';
import type { RoomTail } from '../log/room-tail.ts';
import type { RoomTask } from './room-task.ts';

/** So many receipts of others, the newest, a client gets of a room at once. */
const MAX_RECEIPTS = 200;

/** Reads the receipts of a room (https://spec.matrix.org/v1.19/client-server-api/#receipts): from the tail, and beyond it from Postgres. */
export class ReceiptsReader {
  readonly #tail: Pick<RoomTail, 'startOf'>;
  readonly #reader: ReceiptReader;

  constructor(tail: Pick<RoomTail, 'startOf'>, reader: ReceiptReader) {
    this.#tail = tail;
    this.#reader = reader;
  }

  /** `m.receipt` as JSON, one for each thread; of a new room the newest of each user. Those of ignored users are left out. */
  async read(task: RoomTask, { isNew }: { readonly isNew: boolean }): Promise<string[]> {
    const { request, room } = task;
    if (!request.filter.matchesEphemeral(room.roomId, 'm.receipt')) return [];
    const after = isNew ? 0 : task.since;
    const receipts =
      after > 0 && this.#tail.startOf(room.shard) <= after ? recentOf(task) : await this.#load(task, after);
    const { ignored } = task.settings;
    const shown = ignored.size === 0 ? receipts : receipts.filter(({ userId }) => !ignored.has(userId));
    const byThread = Map.groupBy(shown, ({ threadId }) => threadId);
    return [...byThread.values()].map((ofThread) =>
      JSON.stringify({ type: 'm.receipt', content: contentOf(ofThread) }),
    );
  }

  async #load({ request, room, upTo }: RoomTask, after: number): Promise<readonly Receipt[]> {
    const { shard, roomNid } = room;
    return await this.#reader.listReceipts({
      shard,
      roomNid,
      userId: request.userId,
      after,
      upTo,
      limit: MAX_RECEIPTS,
    });
  }
}

/** The newest of each user, kind and thread; private ones are for their user only. */
function recentOf({ request, room, since, upTo }: RoomTask): Receipt[] {
  const newest = new Map<string, Receipt>();
  for (const { receipts } of room.rowsWithin(since, upTo)) {
    for (const receipt of receipts ?? []) {
      const { userId, receiptType, threadId } = receipt;
      if (receiptType === 'm.read.private' && userId !== request.userId) continue;
      newest.set(`${userId} ${receiptType} ${threadId}`, receipt);
    }
  }
  return [...newest.values()];
}

type ReceiptContent = Record<string, Record<string, Record<string, { ts: number; thread_id?: string }>>>;

function contentOf(receipts: readonly Receipt[]): ReceiptContent {
  const content: ReceiptContent = {};
  for (const { eventId, receiptType, userId, threadId, setAt } of receipts) {
    const ofType = ((content[eventId] ??= {})[receiptType] ??= {});
    ofType[userId] = { ts: setAt, ...(threadId !== '' && { thread_id: threadId }) };
  }
  return content;
}
