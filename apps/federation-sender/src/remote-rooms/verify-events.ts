import { setImmediate } from 'node:timers/promises';
import { findNumber } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import { identifyPdu } from '@plexus/pdu-checks';
import type { IdentifiedPdu, PduChecker } from '@plexus/pdu-checks';
import type { Pdu, RoomVersionRules } from '@plexus/room-dag';

/** An event of another server's answer that stood the checks of form, hash and signatures. */
export interface VerifiedEvent {
  readonly eventId: string;
  /** Canonical JSON; redacted where the content hash does not match. */
  readonly bytes: Buffer;
  readonly isRedactedCopy: boolean;
  /** As the other server sent it. */
  readonly pdu: Pdu;
  readonly depth: number;
}

/** Which room the events have to be of. */
export interface RoomOfEvents {
  readonly roomId: string;
  readonly rules: RoomVersionRules;
}

/** So many are read before others get their turn. */
const PIECE = 100;

/**
 * The events of an answer that stand checks 1 to 3 on receipt of a PDU
 * (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu) and are of the room, each once, those with the least depth
 * first. The others are dropped, as the specification demands of each for itself.
 */
export async function verifyEvents(
  checker: Pick<PduChecker, 'verify'>,
  { roomId, rules }: RoomOfEvents,
  values: readonly JsonValue[],
): Promise<VerifiedEvent[]> {
  const identified = new Map<string, IdentifiedPdu>();
  for (let first = 0; first < values.length; first += PIECE) {
    for (const value of values.slice(first, first + PIECE)) {
      const pdu = identifyPdu(value, rules);
      if (pdu.outcome === 'ok' && pdu.roomId === roomId) identified.set(pdu.eventId, pdu);
    }
    await setImmediate();
  }
  const pdus = [...identified.values()];
  const checked = await checker.verify(pdus);
  const verified = pdus.flatMap((pdu, index): VerifiedEvent[] => {
    const outcome = checked[index];
    if (outcome?.outcome !== 'ok') return [];
    const depth = findNumber(pdu.pdu['depth']) ?? 0;
    const isRedactedCopy = outcome.contentHash !== 'matches';
    return [{ eventId: pdu.eventId, bytes: outcome.bytes, isRedactedCopy, pdu: pdu.pdu, depth }];
  });
  return verified.sort((a, b) => a.depth - b.depth);
}

/** The ids that an event cites; in versions 1 and 2 they come with hashes. The event's form was checked. */
export function citedIds(pdu: Pdu, key: 'prev_events' | 'auth_events'): string[] {
  const references = pdu[key];
  if (!Array.isArray(references)) return [];
  return references.map((reference) => (Array.isArray(reference) ? reference[0] : reference)).filter(isText);
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string';
}
