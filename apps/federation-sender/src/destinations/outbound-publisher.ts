import { encodeCanonicalJson } from '@plexus/matrix-base';
import { destinationShardOf, FEDERATION_OUTBOUND } from '@plexus/topics';
import type { FederationOutboundRecord, OutboundEvent, OutgoingRecord, Producer } from '@plexus/topics';
import type { LossyEdu } from './outgoing-receipts.ts';

/** An event with all of its destinations. */
export type DistributedRow = Omit<OutboundEvent, 'part'>;

/** So many destinations fit into one record, however long their names are. */
const PER_RECORD = 900;

/** Collects what goes to the queues, and appends it to the partitions of their shards. */
export class OutboundBatch {
  readonly #records = new Map<number, OutgoingRecord<FederationOutboundRecord>[]>();

  get isEmpty(): boolean {
    return this.#records.size === 0;
  }

  addEvent(row: DistributedRow): void {
    for (const [shard, names] of Map.groupBy(row.destinations, destinationShardOf)) {
      for (let part = 0; part * PER_RECORD < names.length; part += 1) {
        const destinations = names.slice(part * PER_RECORD, (part + 1) * PER_RECORD);
        this.#add(shard, row.roomId, { content: { $case: 'event', value: { ...row, part, destinations } } });
      }
    }
  }

  addEdu({ origin, eduType, key, content }: LossyEdu, allDestinations: readonly string[]): void {
    const text = encodeCanonicalJson(content, 'any');
    for (const [shard, names] of Map.groupBy(allDestinations, destinationShardOf)) {
      for (let first = 0; first < names.length; first += PER_RECORD) {
        const destinations = names.slice(first, first + PER_RECORD);
        this.#add(shard, origin, {
          content: { $case: 'edu', value: { origin, destinations, eduType, key, content: text } },
        });
      }
    }
  }

  /** What goes to the queues of a shard, in its order. */
  valuesOf(shard: number): FederationOutboundRecord[] {
    return (this.#records.get(shard) ?? []).map(({ value }) => value);
  }

  /** Resolves when all of it is durable. */
  async send(producer: Producer): Promise<void> {
    await Promise.all([...this.#records].map(([shard, records]) => producer.send(FEDERATION_OUTBOUND, shard, records)));
  }

  #add(shard: number, key: string, value: FederationOutboundRecord): void {
    const records = this.#records.get(shard) ?? [];
    if (records.length === 0) this.#records.set(shard, records);
    records.push({ key, value });
  }
}
