import type { Clock } from '@plexus/matrix-base';
import { ACCOUNT_PARTITIONS, keyOfFact } from '@plexus/storage';
import type { AccountEvent, AccountEventOutbox, UnpublishedPartition } from '@plexus/storage';
import { ACCOUNT_EVENTS } from '@plexus/topics';
import type { Producer, TopicSetup } from '@plexus/topics';
import { recordOf } from './account-event-record.ts';

export interface PublishAccountEventsPorts {
  readonly outbox: AccountEventOutbox;
  readonly producer: Pick<Producer, 'send'>;
  readonly clock: Clock;
  /** Unique among all processes. */
  readonly publisher: string;
  /** The deployment's, now. */
  generation(): number;
  published(events: number): void;
  failed(error: unknown): void;
}

/** What is written on the topic. */
export const ACCOUNT_TOPIC_SETUP: TopicSetup = { topic: ACCOUNT_EVENTS, partitions: ACCOUNT_PARTITIONS };

const POLL_MS = 500;
const LEASE_MS = 5_000;
const EVENTS_AT_ONCE = 200;
const CLEAN_EVERY_MS = 3_600_000;
/** Consumers that were away for longer miss what was older. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Puts what lies in the outbox on `account.events`, in order. Every replica looks; who holds a partition's lease publishes it.
 *
 *     lease what waits ──► read ──► send, one batch at a time ──► store how far ──► … until nothing waits
 *
 * A crash after the send repeats it; a publisher that has lost its lease in between repeats what the next one sends. Consumers drop positions that
 * they have seen.
 */
export class PublishAccountEvents {
  readonly #ports: PublishAccountEventsPorts;
  #cleanedAt: number;

  constructor(ports: PublishAccountEventsPorts) {
    this.#ports = ports;
    this.#cleanedAt = ports.clock.now();
  }

  /** Looks until the signal aborts, and then gives its leases up. */
  async runUntil(stopping: AbortSignal): Promise<void> {
    const { clock, outbox, publisher } = this.#ports;
    while (!stopping.aborted) {
      await this.#guarded(() => this.runOnce(stopping));
      await this.#guarded(() => this.#clean());
      await clock.delay(POLL_MS, stopping);
    }
    await this.#guarded(() => outbox.releaseLeases(publisher));
  }

  /** Publishes what waits now. */
  async runOnce(stopping?: AbortSignal): Promise<void> {
    const { outbox, publisher } = this.#ports;
    const leased = await outbox.leaseUnpublished(publisher, LEASE_MS);
    await Promise.all(leased.map((partition) => this.#publish(partition, stopping)));
  }

  async #publish({ partition, published }: UnpublishedPartition, stopping?: AbortSignal): Promise<void> {
    const { outbox, producer, publisher } = this.#ports;
    const generation = this.#ports.generation();
    for (let place = published; ;) {
      if (stopping?.aborted === true) return;
      const events = await outbox.readAccountEvents(partition, place, EVENTS_AT_ONCE);
      const last = events.at(-1);
      if (last === undefined) return;
      await producer.send(ACCOUNT_EVENTS, partition, events.map(outgoing));
      if (!(await outbox.storePublished(publisher, { partition, published: last.position }))) return;
      this.#ports.published(events.length);
      place = last.position;
      if (events.length < EVENTS_AT_ONCE) return;
      // It takes long where much waits: the lease is held as long as this works on it.
      await outbox.leaseUnpublished(publisher, LEASE_MS);
    }

    function outgoing(event: AccountEvent) {
      return { key: keyOfFact(event.fact), value: recordOf(event, generation) };
    }
  }

  async #clean(): Promise<void> {
    const { clock, outbox } = this.#ports;
    if (clock.now() - this.#cleanedAt < CLEAN_EVERY_MS) return;
    this.#cleanedAt = clock.now();
    await outbox.removeOldEvents(KEPT_MS);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#ports.failed(error);
    }
  }
}
