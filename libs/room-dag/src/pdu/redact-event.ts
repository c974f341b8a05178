import { EncodedPdu } from './encoded-pdu.ts';
import type { RoomEvent } from './pdu.ts';
import { redactPdu } from './redact.ts';
import { roomEventFromPdu } from './room-event-from-pdu.ts';
import type { SignedEvent } from './sign-event.ts';

/** The redacted form of an event, under the same identifier. */
export function redactEvent(event: RoomEvent): SignedEvent {
  const pdu = redactPdu(event.pdu, event.rules);
  const bytes = Buffer.from(new EncodedPdu(pdu, event.rules).full());
  return { event: roomEventFromPdu(pdu, event.eventId, event.rules), bytes };
}
