import type { Clock } from '@plexus/matrix-base';
import { FEDERATION_PDUS, ROOM_EVENTS, ROOM_GAPS } from '@plexus/topics';
import type { Topics } from '@plexus/topics';

export interface TopicKeeperPorts {
  readonly topics: Pick<Topics, 'setUp'>;
  readonly clock: Clock;
  readonly roomShards: number;
  failed(doing: string, error: unknown): void;
}

const RETRY_MS = 500;
const LOOK_EVERY_MS = 5_000;

/**
 * Makes the topics of rooms, and makes them again where somebody has deleted them. What the room log's topic had is in Postgres; what
 * was in `federation.pdus` and not done is lost with it, and comes again only where its senders send it again.
 */
export class TopicKeeper {
  readonly #ports: TopicKeeperPorts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(ports: TopicKeeperPorts) {
    this.#ports = ports;
  }

  /** Resolves when the topics are there: true, or when the keeper stops first: false. */
  async ready(): Promise<boolean> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (await this.#setUp()) return true;
      await this.#ports.clock.delay(RETRY_MS, signal);
    }
    return false;
  }

  /** Looks after them from now on. */
  start(): void {
    this.#running ??= this.#lookNowAndThen();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #lookNowAndThen(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#ports.clock.delay(LOOK_EVERY_MS, signal);
      if (!signal.aborted) await this.#setUp();
    }
  }

  async #setUp(): Promise<boolean> {
    const { topics, roomShards: partitions, failed } = this.#ports;
    try {
      await topics.setUp([ROOM_EVENTS, FEDERATION_PDUS, ROOM_GAPS].map((topic) => ({ topic, partitions })));
      return true;
    } catch (error) {
      failed('set up the topics', error);
      return false;
    }
  }
}
