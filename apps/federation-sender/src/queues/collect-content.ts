import type { OutboundReader, OutgoingTransaction, StoredEdu } from '@plexus/storage';
import type { DestinationQueue } from './destination-queue.ts';

/** Of a transaction (https://spec.matrix.org/v1.19/server-server-api/#transactions). */
const MOST_EVENTS = 50;
const MOST_EDUS = 100;
const MOST_EDU_BYTES = 1024 * 1024;

/** What a transaction is made of. */
export interface Content {
  readonly events: OutgoingTransaction['events'];
  readonly edus: readonly string[];
  readonly eduNids: readonly number[];
}

/** Takes together what goes into the next transaction of a queue. */
export class CollectContent {
  readonly #reader: Pick<OutboundReader, 'listPostponed' | 'listEdus'>;

  constructor(reader: Pick<OutboundReader, 'listPostponed' | 'listEdus'>) {
    this.#reader = reader;
  }

  /** What goes next: stored EDUs first, then those that may be lost; where the destination refused something, one thing alone. */
  async execute(queue: DestinationQueue): Promise<Content> {
    const reader = this.#reader;
    const mostEvents = queue.isCareful ? 1 : MOST_EVENTS;
    const events = queue.isBehind
      ? await reader.listPostponed(queue.shard, queue.key, mostEvents)
      : queue.events.slice(0, mostEvents);
    if (queue.isCareful && events.length > 0) return { events, edus: [], eduNids: [] };
    const mostEdus = queue.isCareful ? 1 : MOST_EDUS;
    const stored = queue.hasStoredEdus ? await this.#readStoredEdus(queue, mostEdus) : [];
    const lossy = queue.takeLossy(mostEdus - stored.length);
    // While EDUs were read, more events may have come: they are for the next transaction.
    return {
      events,
      edus: [...stored.map(({ edu }) => edu), ...lossy],
      eduNids: stored.map(({ eduNid }) => eduNid),
    };
  }

  /** @NOTE That there are any is believed until a look finds none that came before the look. */
  async #readStoredEdus(queue: DestinationQueue, most: number): Promise<StoredEdu[]> {
    queue.hasStoredEdus = false;
    let stored: StoredEdu[] | undefined;
    try {
      stored = await this.#reader.listEdus(queue.shard, queue.key, { edus: most, bytes: MOST_EDU_BYTES });
      return stored;
    } finally {
      if (stored?.length !== 0) queue.hasStoredEdus = true;
    }
  }
}
