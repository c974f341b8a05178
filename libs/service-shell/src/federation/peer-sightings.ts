import type { Clock } from '@plexus/matrix-base';
import type { DestinationReader, QueueKey } from '@plexus/storage';
import type { OutgoingQueues } from './outgoing-queues.ts';

export interface PeerSightingsPorts {
  readonly destinations: Pick<DestinationReader, 'listOrigins'>;
  readonly queues: Pick<OutgoingQueues, 'tryAgain'>;
  readonly clock: Pick<Clock, 'now'>;
  failed(error: unknown): void;
}

/** How long a server that was seen is not looked up again. */
const FRESH_MS = 60_000;
const MOST_REMEMBERED = 20_000;

/** Other servers that show a sign of life: what waits for them is tried at once, where they had been left alone. */
export class PeerSightings {
  readonly #ports: PeerSightingsPorts;
  /** In the order in which they were seen. */
  readonly #seenAt = new Map<string, number>();

  constructor(ports: PeerSightingsPorts) {
    this.#ports = ports;
  }

  /** A request of a server came for a hosted one. Returns at once. */
  seen({ origin, destination }: QueueKey): void {
    const name = `${origin} ${destination}`;
    const now = this.#ports.clock.now();
    if ((this.#seenAt.get(name) ?? -Infinity) + FRESH_MS > now) return;
    this.#remember(name, now);
    void this.#look({ origin, destination }).catch((error: unknown) => this.#ports.failed(error));
  }

  async #look({ origin, destination }: QueueKey): Promise<void> {
    const origins = await this.#ports.destinations.listOrigins(destination);
    const isLeftAlone = origins.some((each) => each.origin === origin && each.isFailing);
    if (isLeftAlone) await this.#ports.queues.tryAgain({ origin, destination });
  }

  #remember(name: string, now: number): void {
    this.#seenAt.delete(name);
    this.#seenAt.set(name, now);
    if (this.#seenAt.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#seenAt.keys()) {
      this.#seenAt.delete(oldest);
      return;
    }
  }
}
