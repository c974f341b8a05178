import type { AppserviceShardEpoch } from '@plexus/storage';
import type { AppserviceQueue } from './appservice-queue.ts';

/** A shard of queues that this process owns. */
export class OwnedShard implements AppserviceShardEpoch {
  readonly shard: number;
  readonly epoch: number;
  /** By the id of the application service. */
  readonly queues = new Map<string, AppserviceQueue>();
  /** Begins no transaction any more: it is about to be given up. */
  isDraining = false;
  /** Not ours any more. */
  isGone = false;

  constructor({ shard, epoch }: AppserviceShardEpoch) {
    this.shard = shard;
    this.epoch = epoch;
  }
}
