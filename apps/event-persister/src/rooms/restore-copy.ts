import { encodeCanonicalJson } from '@plexus/matrix-base';
import { checkContentHash, EncodedPdu, redactEvent } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { isOfErased } from './erased-form.ts';
import type { KnownEvent } from './known-event.ts';
import { summarize } from './project-summary.ts';
import { relationShown } from './relation-of.ts';
import type { RoomEdit } from './room-edit.ts';
import type { Copy } from './whole-copy.ts';

/**
 * Replaces a redacted copy by the event as its sender made it
 * (https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events), where this is that: the same event but for
 * its content, which has the right hash. The rules judge an event by what redaction leaves of it, so nothing that was decided by it changes.
 */
export function restoreCopy(edit: RoomEdit, known: KnownEvent, { event, bytes, isRedactedCopy }: Copy): boolean {
  if (known.isRedactedCopy !== true || isRedactedCopy === true || !isWhole(event, known.event)) return false;
  if (isOfErased(edit.head, event)) return false;
  const { eventNid, status, topologicalPosition } = known;
  const { shard, head } = edit;
  edit.uncommitted.addEvent({ ...known, event, byteLength: bytes.length, isRedactedCopy: false });
  edit.changes.restored.push({ shard, eventNid, json: bytes });
  if (head === undefined) return true;
  const isPlaced = status === 'accepted' && topologicalPosition !== undefined;
  const relation = isPlaced ? relationShown(edit, { event, redactedBy: known.redactedBy }) : undefined;
  const place = { shard, roomNid: head.roomNid, eventNid, eventId: event.eventId, topologicalPosition };
  if (relation !== undefined) edit.changes.relations.push({ ...place, relation });
  if (head.isListed && event.stateKey !== undefined)
    edit.changes.summaries.push(summarize(edit, head, edit.counters.position));
  return true;
}

/** @NOTE In room versions 1 and 2 a server chooses ids, and may give one to two events. */
function isWhole(event: RoomEvent, redacted: RoomEvent): boolean {
  return checkContentHash(new EncodedPdu(event.pdu, event.rules)) && leftOf(event) === leftOf(redacted);
}

/** What redaction leaves of an event, without who signed it. */
function leftOf(event: RoomEvent): string {
  const { signatures: _signatures, unsigned: _unsigned, ...left } = redactEvent(event).event.pdu;
  return encodeCanonicalJson(left, 'any');
}
