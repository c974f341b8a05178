import { PduOutcome } from '@plexus/rpc';
import type { ReceivedPdu } from '@plexus/rpc';
import type { EventStatus } from '@plexus/storage';
import type { Settled } from '../writing/room-item.ts';

type Received = Extract<Settled, { outcome: 'received' }>;

/** The answer to who sent a PDU and waits. What is stored already is answered as it was judged. */
export function toReceivedPdu({ received, position }: Received): ReceivedPdu {
  const answer = { outcome: PduOutcome.PDU_OUTCOME_DROPPED, rule: '', because: '', missingEventIds: [], position };
  switch (received.outcome) {
    case 'stored':
      return { ...answer, outcome: OUTCOMES[received.status], rule: received.rule ?? '', because: received.rule ?? '' };
    case 'duplicate':
      return { ...answer, outcome: OUTCOMES[received.status] };
    case 'parked':
      return {
        ...answer,
        outcome: PduOutcome.PDU_OUTCOME_MISSING_EVENTS,
        because: 'events that it cites are not known here',
        missingEventIds: [...received.missingEventIds],
      };
    default:
      return { ...answer, because: received.because };
  }
}

const OUTCOMES: Readonly<Record<EventStatus, PduOutcome>> = {
  accepted: PduOutcome.PDU_OUTCOME_ACCEPTED,
  rejected: PduOutcome.PDU_OUTCOME_REJECTED,
  'soft-failed': PduOutcome.PDU_OUTCOME_SOFT_FAILED,
};
