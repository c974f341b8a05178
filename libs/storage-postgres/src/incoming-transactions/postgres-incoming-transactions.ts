import type { IncomingTransactionKey, IncomingTransactionRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresIncomingTransactions implements IncomingTransactionRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findAnswer({ origin, destination, transactionId }: IncomingTransactionKey): Promise<string | undefined> {
    const [row] = await this.#database.run<{ answer: string }>(FIND_ANSWER, [origin, destination, transactionId]);
    return row?.answer;
  }

  async storeAnswer({ origin, destination, transactionId }: IncomingTransactionKey, answer: string): Promise<void> {
    await this.#database.run(STORE_ANSWER, [origin, destination, transactionId, answer]);
  }

  async forgetTransactions(olderThanMs: number, most: number): Promise<number> {
    return (await this.#database.run(FORGET, [olderThanMs, most])).length;
  }
}

const FIND_ANSWER: Statement = {
  name: 'find_incoming_answer',
  text: 'select answer from incoming_transactions where origin = $1 and destination = $2 and transaction_id = $3',
};
const STORE_ANSWER: Statement = {
  name: 'store_incoming_answer',
  text: `insert into incoming_transactions (origin, destination, transaction_id, answer) values ($1, $2, $3, $4)
         on conflict (origin, destination, transaction_id) do nothing`,
};
const FORGET: Statement = {
  name: 'forget_incoming_transactions',
  text: `delete from incoming_transactions where ctid = any(array(
           select ctid from incoming_transactions
            where received_at < now() - make_interval(secs => $1::float8 / 1000) limit $2))
         returning 1`,
};
