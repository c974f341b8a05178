import type { OutgoingTransaction } from '@plexus/storage';

/** What a destination made of a transaction. */
export type SendOutcome =
  /** It has it; `refused` are events that it did not take, which is its right. */
  | { readonly outcome: 'taken'; readonly refused: number }
  /** It was not reached, or could not take it now. `because` is of a closed set. */
  | { readonly outcome: 'failed'; readonly because: string }
  /** It would refuse the same thing again. */
  | { readonly outcome: 'refused'; readonly because: string };

/** Sends transactions to other servers (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid). */
export interface TransactionSender {
  /** `body` is the canonical JSON of the transaction. Does not throw for anything that the other side does. */
  send(
    transaction: Pick<OutgoingTransaction, 'origin' | 'destination' | 'transactionId' | 'events'>,
    body: Uint8Array,
  ): Promise<SendOutcome>;
}
