import type { Appservice } from '@plexus/appservices';
import type { AppserviceTransactionRecord } from '@plexus/storage';

/** What an application service made of a transaction. */
export type SendOutcome =
  | { readonly outcome: 'taken' }
  /** It was not reached, or did not take it. `because` is a word of a closed set. */
  | { readonly outcome: 'failed'; readonly because: string };

/** Sends transactions to application services (https://spec.matrix.org/v1.19/application-service-api/#put_matrixappv1transactionstxnid). */
export interface TransactionSender {
  /** Does not throw for anything that the other side does. */
  send(
    appservice: Appservice,
    transaction: Pick<AppserviceTransactionRecord, 'transactionId' | 'body'>,
  ): Promise<SendOutcome>;
}
