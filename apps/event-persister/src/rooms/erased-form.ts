import { isErasable, redactEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomHead } from './room-head.ts';
import type { Copy } from './whole-copy.ts';

/** Whether what the event says is to go, because its sender was erased after it. */
export function isOfErased(head: Pick<RoomHead, 'erasedSenders'> | undefined, event: RoomEvent): boolean {
  const upToDepth = head?.erasedSenders?.get(event.sender);
  return upToDepth !== undefined && event.depth <= upToDepth && isErasable(event);
}

/** The copy of an event that is stored: of an erased sender's the redacted form, whoever sends it whole. */
export function erasedForm(head: Pick<RoomHead, 'erasedSenders'> | undefined, copy: Copy): Copy {
  return isOfErased(head, copy.event) ? { ...redactEvent(copy.event), isRedactedCopy: false } : copy;
}
