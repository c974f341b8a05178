import type { Appservice } from '@plexus/appservices';
import { inSpansOfRows } from '@plexus/service-shell';
import type { TracedRows } from '@plexus/service-shell';
import type { SendOutcome, TransactionSender } from '../queues/transaction-sender.ts';

type Transaction = Parameters<TransactionSender['send']>[1];

/** So many of the newest traced events are looked for in a transaction. */
const LOOKED_FOR = 20;

/** Makes a span of each transaction, in the trace of each event in it that comes of a recorded one. */
export class TracedTransactions implements TransactionSender {
  readonly #sender: TransactionSender;
  readonly #rows: Pick<TracedRows, 'latest'>;

  constructor(sender: TransactionSender, rows: Pick<TracedRows, 'latest'>) {
    this.#sender = sender;
    this.#rows = rows;
  }

  async send(appservice: Appservice, transaction: Transaction): Promise<SendOutcome> {
    const { body } = transaction;
    const traced = this.#rows
      .latest(LOOKED_FOR)
      .filter(({ eventId }) => eventId !== undefined && body.includes(JSON.stringify(eventId)));
    return inSpansOfRows('send appservice transaction', traced, () => this.#sender.send(appservice, transaction));
  }
}
