import { readGauge } from '@plexus/service-shell';
import type { Logger } from '@plexus/service-shell';
import type { Clock } from '@plexus/matrix-base';
import { MOST_COUNTED } from '@plexus/storage';
import type { StoredQueueDepth, StoredQueueReader } from '@plexus/storage';
import type { Registry } from 'prom-client';

const READ_EVERY_MS = 15_000;

/**
 * Shows queues that are rows. Who asks for metrics is shown what was read last, and has it read again where that was long ago: a database that does
 * not answer holds up nobody, and where nobody asks nothing is read.
 */
export class StoredQueueTelemetry {
  readonly #queues: StoredQueueReader;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #logger: Logger;
  #depths: readonly StoredQueueDepth[] = [];
  #readAt = -Infinity;
  #isReading = false;

  constructor(queues: StoredQueueReader, { clock, logger }: { clock: Pick<Clock, 'now'>; logger: Logger }) {
    this.#queues = queues;
    this.#clock = clock;
    this.#logger = logger;
  }

  watch(registry: Registry): void {
    readGauge(registry, {
      name: 'plexus_stored_queue_items',
      help: `What waits in queues that are rows of the database, of all replicas together; ${MOST_COUNTED} stands for as many or more.`,
      labels: ['queue'],
      read: () => {
        this.#readAgain();
        return this.#depths.map(({ queue, items }) => [{ queue }, items] as const);
      },
    });
    readGauge(registry, {
      name: 'plexus_stored_queue_oldest_seconds',
      help: 'Age of the oldest thing in such a queue, where it is known.',
      labels: ['queue'],
      read: () => this.#depths.map(({ queue, oldestSeconds = 0 }) => [{ queue }, oldestSeconds] as const),
    });
  }

  #readAgain(): void {
    const now = this.#clock.now();
    if (this.#isReading || now - this.#readAt < READ_EVERY_MS) return;
    this.#isReading = true;
    this.#readAt = now;
    this.#queues
      .readStoredQueues()
      .then((depths) => (this.#depths = depths))
      .catch((error: unknown) => this.#logger.warn('Stored queues could not be counted', { err: error }))
      .finally(() => (this.#isReading = false));
  }
}
