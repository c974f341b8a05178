import { inSpansOfRows } from '@plexus/service-shell';
import type { TracedRows } from '@plexus/service-shell';
import type { SendOutcome, TransactionSender } from '../queues/transaction-sender.ts';

type Transaction = Parameters<TransactionSender['send']>[0];

/** Makes a span of each transaction, in the trace of each event in it that comes of a recorded one. */
export class TracedTransactions implements TransactionSender {
  readonly #sender: TransactionSender;
  readonly #rows: Pick<TracedRows, 'find'>;

  constructor(sender: TransactionSender, rows: Pick<TracedRows, 'find'>) {
    this.#sender = sender;
    this.#rows = rows;
  }

  async send(transaction: Transaction, body: Uint8Array): Promise<SendOutcome> {
    const traced = transaction.events.flatMap(({ roomShard, position }) => this.#rows.find(roomShard, position) ?? []);
    return inSpansOfRows('send federation transaction', traced, () => this.#sender.send(transaction, body));
  }
}
