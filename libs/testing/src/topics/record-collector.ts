import type {
  GroupConsumerOptions,
  RecordBatch,
  RecordHandler,
  StartOffset,
  TopicDefinition,
  TopicRecord,
  TopicReset,
} from '@plexus/topics';

/** A handler that keeps what it is given, and does before that what a test asks for. */
export class RecordCollector implements RecordHandler<string> {
  readonly records: TopicRecord<string>[] = [];
  readonly setAsideOffsets: number[] = [];
  readonly resets: TopicReset[] = [];
  readonly failures: unknown[] = [];
  readonly incarnations = new Map<number, string>();
  before: (batch: RecordBatch<string>) => Promise<void> | void = () => undefined;

  async handle(batch: RecordBatch<string>): Promise<void> {
    await this.before(batch);
    this.records.push(...batch.records);
    this.incarnations.set(batch.partition, batch.incarnation);
  }

  setAside({ offset }: { offset: number }): void {
    this.setAsideOffsets.push(offset);
  }

  reset(reset: TopicReset): void {
    this.resets.push(reset);
  }

  failed(error: unknown): void {
    this.failures.push(error);
  }

  /** The values in the order of delivery, of one partition or of all. */
  values(partition?: number): string[] {
    const wanted = this.records.filter((record) => partition === undefined || record.partition === partition);
    return wanted.map(({ value }) => value);
  }
}

/** A member of a group that keeps what it is told, and begins where a test says. */
export class CollectingMember {
  readonly handler: RecordHandler<string>;
  readonly address: string;
  readonly assigned: number[] = [];
  readonly revoked: number[] = [];
  owners: ReadonlyMap<number, string> = new Map();
  start: (partition: number, incarnation: string) => StartOffset | Promise<StartOffset> = () => 'earliest';

  constructor(handler: RecordHandler<string>, address = 'one') {
    this.handler = handler;
    this.address = address;
  }

  options(topic: TopicDefinition<string>): GroupConsumerOptions<string> {
    return {
      topic,
      group: `handlers of ${topic.name}`,
      address: this.address,
      handler: this.handler,
      currentOwners: async () => this.owners,
      assigned: (partitions) => void this.assigned.push(...partitions),
      revoked: (partitions) => void this.revoked.push(...partitions),
      startOffset: async (partition, incarnation) => this.start(partition, incarnation),
    };
  }
}
