import type { RoomLogRow } from '@plexus/storage';

/**
 * The rows of a shard's log after `after`, in their order, with a tombstone for each position up to `trimmed` that is missing. What is
 * missing beyond stays so: it is not committed yet.
 */
export function fillTrimmed(
  rows: readonly RoomLogRow[],
  range: { readonly shard: number; readonly after: number; readonly upTo: number; readonly limit: number },
  trimmed: number,
): RoomLogRow[] {
  const filled: RoomLogRow[] = [];
  const isFull = rows.length === range.limit;
  const fillBefore = (end: number): void => {
    const start = (filled.at(-1)?.position ?? range.after) + 1;
    for (let position = start; position < end && position <= trimmed && filled.length < range.limit; position += 1)
      filled.push(tombstoneAt(range.shard, position));
  };
  for (const row of rows) {
    fillBefore(row.position);
    if (filled.length === range.limit) return filled;
    filled.push(row);
  }
  if (!isFull) fillBefore(range.upTo + 1);
  return filled;
}

/** Whether a position is missing among the rows that were asked for. */
export function hasHoles(
  rows: readonly RoomLogRow[],
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): boolean {
  const last = rows.at(-1)?.position ?? after;
  return last - after > rows.length || (rows.length < limit && last < upTo);
}

function tombstoneAt(shard: number, position: number): RoomLogRow {
  return {
    shard,
    position,
    kind: 'tombstone',
    roomNid: 0,
    roomId: '',
    roomVersion: '',
    previousRoot: 0,
    currentRoot: 0,
    event: undefined,
    transactionId: undefined,
    senderDeviceId: undefined,
    body: undefined,
  };
}
