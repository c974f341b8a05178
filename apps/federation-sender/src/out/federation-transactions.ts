import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { pathOf } from '@plexus/remote-servers';
import type { RemoteAnswer, RemoteServers } from '@plexus/remote-servers';
import type { QueueKey } from '@plexus/storage';
import type { SendOutcome, TransactionSender } from '../queues/transaction-sender.ts';

/** Statuses with which the same transaction would be answered again. */
const REFUSALS = new Set([400, 413]);
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Sends transactions by `PUT /send` (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid). */
export class FederationTransactions implements TransactionSender {
  readonly #servers: Pick<RemoteServers, 'request'>;
  readonly #timeoutMs: number;

  constructor(servers: Pick<RemoteServers, 'request'>, timeoutMs: number) {
    this.#servers = servers;
    this.#timeoutMs = timeoutMs;
  }

  async send(
    { origin, destination, transactionId }: QueueKey & { readonly transactionId: string },
    body: Uint8Array,
  ): Promise<SendOutcome> {
    const answer = await this.#servers.request({
      origin,
      destination,
      method: 'PUT',
      path: pathOf`/_matrix/federation/v1/send/${transactionId}`,
      body,
      timeoutMs: this.#timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    });
    return outcomeOf(answer);
  }
}

function outcomeOf(answer: RemoteAnswer): SendOutcome {
  if (answer.outcome === 'unreachable') {
    // Nothing may be sent there, now or ever: what waits goes, one thing after the other.
    if (answer.reason === 'not-allowed' || answer.reason === 'server-name') return { outcome: 'taken', refused: 0 };
    return { outcome: 'failed', because: answer.reason };
  }
  if (answer.status === 200) return { outcome: 'taken', refused: countRefused(answer.body) };
  const because = String(answer.status);
  return { outcome: REFUSALS.has(answer.status) ? 'refused' : 'failed', because };
}

function countRefused({ pdus }: JsonObject): number {
  if (!isJsonObject(pdus)) return 0;
  return Object.values(pdus).filter((result) => isJsonObject(result) && result['error'] !== undefined).length;
}
