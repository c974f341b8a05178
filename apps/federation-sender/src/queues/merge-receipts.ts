import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';

/** Receipts that go out in one EDU. */
export interface ReceiptGroup {
  /** What they wait under. */
  readonly keys: readonly string[];
  readonly content: JsonObject;
}

interface Group {
  readonly keys: string[];
  /** By room, kind and user. */
  readonly content: { [roomId: string]: { [receiptType: string]: { [userId: string]: JsonObject } } };
}

/**
 * Puts receipts into as few EDUs as they fit in (https://spec.matrix.org/v1.19/server-server-api/#receipts): one has those of any number of rooms and
 * users, but only one receipt of each user in a room, whatever its thread.
 */
export function mergeReceipts(receipts: Iterable<readonly [key: string, content: JsonObject]>): ReceiptGroup[] {
  const groups: Group[] = [];
  for (const [key, content] of receipts) {
    for (const { roomId, receiptType, userId, receipt } of receiptsIn(content)) {
      let group = groups.find((one) => one.content[roomId]?.[receiptType]?.[userId] === undefined);
      if (group === undefined) groups.push((group = { keys: [], content: {} }));
      group.keys.push(key);
      ((group.content[roomId] ??= {})[receiptType] ??= {})[userId] = receipt;
    }
  }
  return groups;
}

/** One receipt of an EDU. */
export interface ReceiptOfEdu {
  readonly roomId: string;
  readonly receiptType: string;
  readonly userId: string;
  readonly receipt: JsonObject;
}

/** All receipts of an EDU's content, which was made here. */
export function receiptsIn(content: JsonObject): ReceiptOfEdu[] {
  return entriesOf(content).flatMap(([roomId, byType]) =>
    entriesOf(byType).flatMap(([receiptType, byUser]) =>
      entriesOf(byUser).map(([userId, receipt]) => ({ roomId, receiptType, userId, receipt })),
    ),
  );
}

function entriesOf(value: JsonObject): [string, JsonObject][] {
  return Object.entries(value).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]));
}
