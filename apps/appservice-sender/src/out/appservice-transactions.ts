import type { Appservice } from '@plexus/appservices';
import type { AppserviceTransactionRecord } from '@plexus/storage';
import type { SendOutcome, TransactionSender } from '../queues/transaction-sender.ts';
import type { AppserviceHttp } from './appservice-http.ts';

/** Sends transactions by `PUT /transactions` (https://spec.matrix.org/v1.19/application-service-api/#put_matrixappv1transactionstxnid). */
export class AppserviceTransactions implements TransactionSender {
  readonly #http: Pick<AppserviceHttp, 'ask'>;
  readonly #timeoutMs: number;

  constructor(http: Pick<AppserviceHttp, 'ask'>, timeoutMs: number) {
    this.#http = http;
    this.#timeoutMs = timeoutMs;
  }

  async send(
    appservice: Appservice,
    { transactionId, body }: Pick<AppserviceTransactionRecord, 'transactionId' | 'body'>,
  ): Promise<SendOutcome> {
    const id = encodeURIComponent(transactionId);
    const answer = await this.#http.ask(appservice, {
      method: 'PUT',
      target: `/_matrix/app/v1/transactions/${id}`,
      legacyTarget: `/transactions/${id}`,
      body,
      timeoutMs: this.#timeoutMs,
    });
    if (answer.outcome === 'no-url') return { outcome: 'failed', because: 'no-url' };
    if (answer.outcome === 'unreachable') return { outcome: 'failed', because: answer.reason };
    if (answer.status >= 200 && answer.status < 300) return { outcome: 'taken' };
    return { outcome: 'failed', because: `${Math.floor(answer.status / 100)}xx` };
  }
}
