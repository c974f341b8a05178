import type { NewReceipt, ResidencyChange } from '@plexus/storage';
import { receiptKeyOf } from '../rooms/loaded.ts';

/** @NOTE One statement may not change a row twice; each that comes later is newer. Rooms of different shards may have the same number. */
export function latestOfEach(receipts: readonly NewReceipt[]): NewReceipt[] {
  if (receipts.length <= 1) return [...receipts];
  const latest = new Map<string, NewReceipt>();
  for (const receipt of receipts) latest.set(`${receipt.shard}/${receipt.roomNid} ${receiptKeyOf(receipt)}`, receipt);
  return [...latest.values()];
}

/** @NOTE One statement may not change a row twice. */
export function mergeResidency(changes: readonly ResidencyChange[]): ResidencyChange[] {
  const merged = new Map<string, ResidencyChange>();
  for (const change of changes) {
    const key = `${change.shard} ${change.roomNid} ${change.serverName}`;
    const joinedDelta = (merged.get(key)?.joinedDelta ?? 0) + change.joinedDelta;
    merged.set(key, { ...change, joinedDelta });
  }
  return [...merged.values()].filter(({ joinedDelta }) => joinedDelta !== 0);
}
