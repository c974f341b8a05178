import type { IncomingTransaction, TransactionAnswer } from '@plexus/matrix-api';
import { fitsBytes, MatrixError } from '@plexus/matrix-base';
import type { IncomingTransactionRepository } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import type { ReceiveEdus } from './receive-edus.ts';
import type { ReceivePdus } from './receive-pdus.ts';

export interface ReceiveTransactionPorts {
  readonly transactions: Pick<IncomingTransactionRepository, 'findAnswer' | 'storeAnswer'>;
  readonly pdus: Pick<ReceivePdus, 'execute'>;
  readonly edus: Pick<ReceiveEdus, 'execute'>;
  readonly slots: OriginSlots;
}

/** Longer ids are no keys of a table. */
const MAX_TRANSACTION_ID_BYTES = 255;

/**
 * Takes in a transaction of another server (https://spec.matrix.org/v1.19/server-server-api/#transactions).
 *
 * @NOTE The answer is stored last. Who dies before it has left durable PDUs in their topic and EDUs in Postgres, and the transaction comes again: what
 * has arrived is known by event id and by message id.
 */
export class ReceiveTransaction {
  readonly #ports: ReceiveTransactionPorts;
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(ports: ReceiveTransactionPorts) {
    this.#ports = ports;
  }

  /** JSON. Everything that may not be lost is durable when it resolves; where it throws, the other server sends all of it again. Throws 400 for an id that is
   * too long, 429 as `OriginSlots` does. */
  async execute(
    parties: Parties,
    { transactionId, bytes }: { readonly transactionId: string; readonly bytes: number },
    transaction: IncomingTransaction,
  ): Promise<string> {
    if (!fitsBytes(transactionId, MAX_TRANSACTION_ID_BYTES))
      throw new MatrixError('M_INVALID_PARAM', 400, `A transaction id has at most ${MAX_TRANSACTION_ID_BYTES} bytes`);
    const key = JSON.stringify([parties.origin, parties.destination, transactionId]);
    const other = this.#underWay.get(key);
    if (other !== undefined) return other;
    const receive = (): Promise<string> => this.#receive(parties, transactionId, transaction);
    const receiving = this.#ports.slots.run(parties.origin, receive, bytes);
    this.#underWay.set(key, receiving);
    try {
      return await receiving;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #receive(parties: Parties, transactionId: string, { pdus, edus = [] }: IncomingTransaction): Promise<string> {
    const { transactions } = this.#ports;
    const key = { ...parties, transactionId };
    const before = await transactions.findAnswer(key);
    if (before !== undefined) return before;
    const results = await this.#ports.pdus.execute(parties, pdus);
    await this.#ports.edus.execute(parties, edus);
    const answer: TransactionAnswer = { pdus: Object.fromEntries(results) };
    const json = JSON.stringify(answer);
    await transactions.storeAnswer(key, json);
    return json;
  }
}
