import { Turns } from '@plexus/matrix-base';
import type { AccountEvent, AccountEventReader } from '@plexus/storage';
import type { AccountEventRecord, RecordBatch, RecordHandler } from '@plexus/topics';
import { eventOf } from './account-event-record.ts';

export interface AccountEventIntakePorts {
  readonly reader: AccountEventReader;
  /** Where this consumer is in a partition, as it stored it with the effects; 0 where it has taken nothing yet. */
  readPosition(partition: number): Promise<number>;
  /**
   * Takes consecutive events of a partition, and stores the position of the last one in the same transaction, where the stored one is the one before
   * the first. Throws where infrastructure fails: then they come again.
   */
  take(partition: number, events: readonly AccountEvent[]): Promise<void>;
  /** The deployment's, now. */
  generation(): number;
  failed(error: unknown): void;
}

const READ_AT_ONCE = 200;

/**
 * Makes the row of facts of the records of `account.events` again: each position once, in order, whatever the topic repeats, delays or loses.
 *
 *     record = position + 1 ──► take        record ≤ position ──► drop        record > position + 1 ──► read what is missing from Postgres
 *
 * Offsets mean nothing to it: a consumer keeps its position per partition, in Postgres. `sweep` finds what no record told of. In a new generation of
 * the deployment it begins at what Postgres says.
 */
export class AccountEventIntake implements RecordHandler<AccountEventRecord> {
  readonly #ports: AccountEventIntakePorts;
  /** Of the partitions that this process has; nothing: to be read. */
  readonly #positions = new Map<number, number | undefined>();
  #generation: number;
  readonly #turns = new Turns<number>();

  constructor(ports: AccountEventIntakePorts) {
    this.#ports = ports;
    this.#generation = ports.generation();
  }

  /** These partitions are this process's now. */
  assigned(partitions: readonly number[]): void {
    for (const partition of partitions) this.#enqueue(partition, () => this.#begin(partition));
  }

  /** What is under way ends. */
  async revoked(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions.map((partition) =>
        this.#turns.take(partition, async () => {
          this.#positions.delete(partition);
        }),
      ),
    );
  }

  /** Takes what is in Postgres of the partitions that this process has: for times at which nothing else tells of it. */
  async sweep(): Promise<void> {
    this.#enterGeneration();
    const ends = await this.#ports.reader.readAccountPositions();
    await Promise.all(
      [...ends].map(([partition, end]) =>
        this.#turns.take(partition, async () => {
          if (!this.#positions.has(partition)) return;
          const position = this.#positions.get(partition) ?? (await this.#beginAgain(partition));
          if (position < end) await this.#fill(partition, end);
        }),
      ),
    );
  }

  handle({ partition, records }: RecordBatch<AccountEventRecord>): Promise<void> {
    this.#enterGeneration();
    return this.#turns.take(partition, async () => {
      const current = records.filter(({ value }) => value.generation === this.#generation);
      await this.#takeRecords(
        partition,
        current.map(({ value }) => value),
      );
    });
  }

  /** The row is in Postgres: the next record, or the sweep, finds it. */
  setAside({ error }: { readonly error: unknown }): void {
    this.#ports.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed(error);
  }

  /** @NOTE What was taken before and is lost in Postgres has left no effect there: facts come again under its positions. */
  #enterGeneration(): void {
    const generation = this.#ports.generation();
    if (generation === this.#generation) return;
    this.#generation = generation;
    for (const partition of this.#positions.keys())
      this.#enqueue(partition, async () => {
        if (this.#positions.has(partition)) this.#positions.set(partition, undefined);
      });
  }

  async #beginAgain(partition: number): Promise<number> {
    const position = await this.#ports.readPosition(partition);
    this.#positions.set(partition, position);
    return position;
  }

  async #begin(partition: number): Promise<void> {
    await this.#beginAgain(partition);
    const end = (await this.#ports.reader.readAccountPositions()).get(partition) ?? 0;
    await this.#fill(partition, end);
  }

  async #takeRecords(partition: number, records: readonly AccountEventRecord[]): Promise<void> {
    let position = this.#positions.get(partition) ?? (await this.#beginAgain(partition));
    const events: AccountEvent[] = [];
    for (const record of records) {
      if (record.position <= position) continue;
      const event = record.position === position + 1 ? eventOf(record, partition) : undefined;
      // Missing records are rows; a fact of a later release is a row too, and passed over there.
      if (event === undefined) break;
      events.push(event);
      position = record.position;
    }
    if (events.length > 0) await this.#take(partition, events);
    const last = records.at(-1)?.position ?? 0;
    if (last > position) await this.#fill(partition, last);
  }

  async #fill(partition: number, end: number): Promise<void> {
    for (let position = this.#positions.get(partition) ?? 0; position < end;) {
      const events = await this.#ports.reader.readAccountEvents(partition, position, READ_AT_ONCE);
      const last = events.at(-1);
      // What is older than the outbox keeps is gone.
      if (last === undefined) return;
      await this.#take(partition, events);
      position = last.position;
    }
  }

  async #take(partition: number, events: readonly AccountEvent[]): Promise<void> {
    await this.#ports.take(partition, events);
    const last = events.at(-1);
    if (last !== undefined) this.#positions.set(partition, last.position);
  }

  #enqueue(partition: number, work: () => Promise<void>): void {
    this.#turns.take(partition, work).catch((error: unknown) => this.#ports.failed(error));
  }
}
