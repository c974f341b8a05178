import type { LogTrimming } from '@plexus/storage';
import type { OwnedShards } from '../shards/owned-shards.ts';

export interface TrimPorts {
  readonly trimming: LogTrimming;
  readonly shards: Pick<OwnedShards, 'find'>;
  /** Awaited after each piece of work. */
  pause(): Promise<void>;
}

const POSITIONS_AT_ONCE = 2_000;

/**
 * Takes receipts and tombstones that were told long ago out of a shard's log; returns how many rows are gone. Each piece moves a mark in the shard's row
 * along, so that whoever comes after a crash goes on from there.
 */
export async function trimLog(
  shard: number,
  olderThanMs: number,
  { trimming, shards, pause }: TrimPorts,
): Promise<number> {
  const upTo = await trimming.findOldPosition(shard, olderThanMs);
  for (let removed = 0; ;) {
    const owned = shards.find(shard);
    if (owned === undefined) return removed;
    const piece = await trimming.trimLog(owned, { upTo, limit: POSITIONS_AT_ONCE });
    removed += piece?.removed ?? 0;
    if (piece === undefined || piece.isDone) return removed;
    await pause();
  }
}
