import { findServerName } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { LoggedReceipt } from '@plexus/topics';
import { LoggedReceipts } from '@plexus/topics';
import { receiptKey } from '../queues/waiting-edus.ts';

/** An EDU that may be lost, before it is known where it goes. */
export interface LossyEdu {
  /** The hosted server that sends it. */
  readonly origin: string;
  readonly eduType: string;
  /** A later one of the same type and key takes the place of one that waits. */
  readonly key: string;
  readonly content: JsonObject;
}

/**
 * What other servers are told of the receipts of a row (https://spec.matrix.org/v1.19/server-server-api/#receipts): public ones of hosted
 * users.
 */
export function outgoingReceipts(
  roomId: string,
  body: Uint8Array,
  isHosted: (serverName: string) => boolean,
): LossyEdu[] {
  return LoggedReceipts.decode(body).receipts.flatMap((receipt) => {
    const origin = findServerName(receipt.userId);
    if (receipt.receiptType !== 'm.read' || origin === undefined || !isHosted(origin)) return [];
    return [receiptEdu(roomId, origin, receipt)];
  });
}

function receiptEdu(roomId: string, origin: string, { userId, threadId, eventId, setAt }: LoggedReceipt): LossyEdu {
  const data = { ts: setAt, ...(threadId !== '' && { thread_id: threadId }) };
  return {
    origin,
    eduType: 'm.receipt',
    key: receiptKey(roomId, userId, threadId),
    content: { [roomId]: { 'm.read': { [userId]: { data, event_ids: [eventId] } } } },
  };
}
