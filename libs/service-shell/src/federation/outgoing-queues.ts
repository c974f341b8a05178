import type { NewOutgoingEdu, OutgoingEdus, QueueKey } from '@plexus/storage';
import { destinationShardOf, FEDERATION_OUTBOUND } from '@plexus/topics';
import type { Producer } from '@plexus/topics';

export interface OutgoingQueuesPorts {
  readonly edus: OutgoingEdus;
  readonly producer: Pick<Producer, 'send'>;
  /** A hint could not be given: what is stored is found later. */
  failed(error: unknown): void;
}

/** What other services tell the queues of what goes to other servers. */
export class OutgoingQueues {
  readonly #ports: OutgoingQueuesPorts;

  constructor(ports: OutgoingQueuesPorts) {
    this.#ports = ports;
  }

  /** Keeps EDUs until their destinations have them: durable when it resolves. */
  async storeEdus(edus: readonly NewOutgoingEdu[], onSameKey: 'replace' | 'keep'): Promise<void> {
    if (edus.length === 0) return;
    await this.#ports.edus.storeEdus(edus, onSameKey);
    const keys = new Map(edus.map(({ origin, destination }) => [`${origin} ${destination}`, { origin, destination }]));
    for (const key of keys.values()) this.#send(key, false).catch((error: unknown) => this.#ports.failed(error));
  }

  /** Has a destination tried at once that was left alone: durable when it resolves. */
  async tryAgain(key: QueueKey): Promise<void> {
    await this.#send(key, true);
  }

  async #send({ origin, destination }: QueueKey, isReachable: boolean): Promise<void> {
    const value = { content: { $case: 'wake' as const, value: { origin, destination, isReachable } } };
    const partition = destinationShardOf(destination);
    await this.#ports.producer.send(FEDERATION_OUTBOUND, partition, [{ key: destination, value }]);
  }
}
