import { FEDERATION_PDUS } from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import type { OwnedShard } from '../shards/owned-shard.ts';

/** What the row of a shard said. */
interface DoneUpTo {
  readonly incarnation: string;
  readonly offset: number;
}

/**
 * Gives up the records of `federation.pdus` that have been done for a round: the topic keeps everything else for ever.
 *
 * @NOTE Only what the row says is done, since the rest comes again after a crash; what was done lately stays, since a failover may lose the row's
 * last changes; and only while the row tells of the topic that is read, since the offsets of a topic that was made anew mean other records.
 */
export class InboundTrim {
  readonly #topics: Pick<Topics, 'trim'>;
  readonly #done = new Map<number, DoneUpTo>();
  readonly #trimmed = new Map<number, string>();

  constructor(topics: Pick<Topics, 'trim'>) {
    this.#topics = topics;
  }

  /** Called once a round. */
  async trim({ shard, counters, inbound }: OwnedShard): Promise<void> {
    const { inboundOffset: offset, inboundIncarnation: incarnation } = counters;
    const before = this.#done.get(shard);
    this.#done.set(shard, { incarnation, offset });
    if (before?.incarnation !== incarnation || incarnation !== inbound.incarnation) return;
    const end = Math.min(before.offset, offset);
    const mark = `${incarnation} ${end}`;
    if (end === 0 || this.#trimmed.get(shard) === mark) return;
    await this.#topics.trim(FEDERATION_PDUS, shard, end);
    this.#trimmed.set(shard, mark);
  }
}
