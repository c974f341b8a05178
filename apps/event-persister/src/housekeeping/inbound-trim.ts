import { FEDERATION_PDUS } from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import type { OwnedShard } from '../shards/owned-shard.ts';

/**
 * Gives up the records of `federation.pdus` that are done: the topic keeps everything else for ever.
 *
 * @NOTE Only what the row says is done, since the rest comes again after a crash; and only while the row tells of the topic that is read,
 * since the offsets of a topic that was made anew mean other records.
 */
export class InboundTrim {
  readonly #topics: Pick<Topics, 'trim'>;
  readonly #trimmed = new Map<number, string>();

  constructor(topics: Pick<Topics, 'trim'>) {
    this.#topics = topics;
  }

  async trim({ shard, counters, inbound }: OwnedShard): Promise<void> {
    const { inboundOffset, inboundIncarnation } = counters;
    if (inboundOffset === 0 || inboundIncarnation !== inbound.incarnation) return;
    const mark = `${inboundIncarnation} ${inboundOffset}`;
    if (this.#trimmed.get(shard) === mark) return;
    await this.#topics.trim(FEDERATION_PDUS, shard, inboundOffset);
    this.#trimmed.set(shard, mark);
  }
}
