import type { DestinationRecord, DestinationShardRecord, QueueKey } from '@plexus/storage';
import { DestinationQueue, nameOfQueue } from './destination-queue.ts';
import { OpenRecords } from './open-records.ts';

/** A shard of destinations that this process owns. */
export class OwnedDestinations {
  readonly shard: number;
  readonly epoch: number;
  readonly records: OpenRecords;
  /** Those with something to do, and those that had lately. */
  readonly queues = new Map<string, DestinationQueue>();
  /** Of the last unit of work. */
  step: number;
  /** Up to which number queues with stored EDUs were looked for. */
  newestEdu = 0;
  /** Begins no transaction any more: it is about to be given up. */
  isDraining = false;
  /** Not ours any more. */
  isGone = false;

  constructor({ shard, epoch, step, progress }: DestinationShardRecord) {
    this.shard = shard;
    this.epoch = epoch;
    this.step = step;
    this.records = new OpenRecords(progress);
  }

  find(key: QueueKey): DestinationQueue | undefined {
    return this.queues.get(nameOfQueue(key));
  }

  open(record: DestinationRecord, now: number): DestinationQueue {
    const existing = this.find(record);
    if (existing !== undefined) return existing;
    const queue = new DestinationQueue(this.shard, record, now);
    this.queues.set(nameOfQueue(record), queue);
    return queue;
  }

  /** Forgets queues that have had nothing to do since a time. */
  forgetIdle(since: number): void {
    for (const [name, queue] of this.queues) if (queue.isIdle && queue.usedAt < since) this.queues.delete(name);
  }
}
