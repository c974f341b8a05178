import type { ShardCounters } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { OwnedShard } from '../shards/owned-shard.ts';
import { InboundTrim } from './inbound-trim.ts';

describe('InboundTrim', () => {
  let trimmed: [topic: string, partition: number, beforeOffset: number][];
  let trim: InboundTrim;
  beforeEach(() => {
    trimmed = [];
    trim = new InboundTrim({
      trim: async ({ name }, partition, before) => void trimmed.push([name, partition, before]),
    });
  });

  it('gives up what the row has said to be done for a round, once', async () => {
    const owned = ownedShard({ inboundOffset: 40 });
    await trim.trim(owned);
    expect(trimmed).toEqual([]);
    for (let round = 0; round < 3; round += 1) await trim.trim(owned);
    expect(trimmed).toEqual([['federation.pdus', 3, 40]]);
    owned.resumeAt({ ...owned.counters, inboundOffset: 50 });
    await trim.trim(owned);
    expect(trimmed).toHaveLength(1);
    await trim.trim(owned);
    expect(trimmed.at(-1)).toEqual(['federation.pdus', 3, 50]);
  });

  it('keeps what is done and not stored', async () => {
    const owned = ownedShard({ inboundOffset: 40 });
    owned.inbound.take(40);
    owned.inbound.finish([40]);
    for (let round = 0; round < 3; round += 1) await trim.trim(owned);
    expect(trimmed).toEqual([['federation.pdus', 3, 40]]);
  });

  it('keeps what the row of a new generation does not know to be done', async () => {
    await trim.trim(ownedShard({ inboundOffset: 40 }));
    await trim.trim(ownedShard({ inboundOffset: 30 }));
    expect(trimmed).toEqual([['federation.pdus', 3, 30]]);
  });

  it('touches no topic that was made anew since', async () => {
    const owned = ownedShard({ inboundOffset: 40 });
    await trim.trim(owned);
    owned.inbound.reset(0, 'second');
    await trim.trim(owned);
    expect(trimmed).toEqual([]);
  });

  it('asks for nothing where nothing is done', async () => {
    for (let round = 0; round < 2; round += 1) await trim.trim(ownedShard({ inboundOffset: 0 }));
    expect(trimmed).toEqual([]);
  });

  it('tries again after a failure', async () => {
    const failing = new InboundTrim({
      trim: async (_topic, partition, before) => {
        trimmed.push(['', partition, before]);
        if (trimmed.length === 1) throw new Error('Kafka is away');
      },
    });
    const owned = ownedShard({ inboundOffset: 40 });
    await failing.trim(owned);
    await expect(failing.trim(owned)).rejects.toThrow('Kafka is away');
    await failing.trim(owned);
    expect(trimmed).toHaveLength(2);
  });
});

function ownedShard(stored: Pick<ShardCounters, 'inboundOffset'>): OwnedShard {
  const none = { position: 0, lastRoomNid: 0, lastEventNid: 0, lastNodeNid: 0, published: 0, projected: 0 };
  return new OwnedShard({
    shard: 3,
    epoch: 1,
    generation: 1,
    counters: { ...none, inboundIncarnation: 'first', ...stored },
  });
}
