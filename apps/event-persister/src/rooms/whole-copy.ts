import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { Changes } from './changes.ts';
import type { EventToStore } from './event-to-store.ts';
import type { KnownEvent } from './known-event.ts';
import type { RoomHead } from './room-head.ts';

export type Copy = Pick<EventToStore, 'event' | 'bytes' | 'isRedactedCopy'>;

/** The copy that is to be stored of an event that has been here without a place: a redacted one does not replace a whole one. */
export function wholeCopy(copy: Copy, outlier: KnownEvent | undefined): Copy {
  if (copy.isRedactedCopy !== true || outlier === undefined || outlier.isRedactedCopy === true) return copy;
  const { event } = outlier;
  return { event, bytes: Buffer.from(encodeCanonicalJson(event.pdu, 'any')) };
}

/** Marks what is stored redacted, and takes the mark from what was and is whole now. */
export function noteCopy(
  { shard, changes }: { readonly shard: number; readonly changes: Changes },
  { roomNid }: Pick<RoomHead, 'roomNid'>,
  {
    known: { eventNid, isRedactedCopy },
    bytes,
    outlier,
  }: Pick<EventToStore, 'bytes' | 'outlier'> & { readonly known: KnownEvent },
): void {
  if (isRedactedCopy === true) changes.redactedCopies.push({ shard, roomNid, eventNid });
  else if (outlier?.isRedactedCopy === true) changes.restored.push({ shard, eventNid, json: bytes });
}
