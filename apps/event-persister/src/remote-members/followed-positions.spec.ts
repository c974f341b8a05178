import { describe, expect, it } from 'vitest';
import { FollowedPositions } from './followed-positions.ts';

function owned(epoch = 3): Parameters<FollowedPositions['begin']>[0] {
  return { shard: 1, epoch, generation: 2, counters: { position: 10 } };
}

function rowAt(position: number): Parameters<FollowedPositions['committed']>[0] {
  return { log: [{ row: { shard: 1, position } }] };
}

describe('how far logs have been followed', () => {
  it('is not to be noted before what was there before has been looked at', () => {
    const positions = new FollowedPositions();
    positions.begin(owned());
    positions.committed(rowAt(11));
    expect(positions.unnoted()).toEqual([]);
    positions.walked({ shard: 1 });
    expect(positions.unnoted()).toEqual([{ shard: 1, epoch: 3, generation: 2, position: 11 }]);
    positions.begin(owned(4));
    expect(positions.unnoted()).toEqual([]);
  });

  it('is noted once, and again when the log has gone on', () => {
    const positions = new FollowedPositions();
    positions.begin(owned());
    positions.walked({ shard: 1 });
    const first = positions.unnoted();
    positions.committed(rowAt(12));
    positions.noted(first);
    const second = positions.unnoted();
    expect([first[0]?.position, second[0]?.position]).toEqual([10, 12]);
    positions.noted(second);
    expect(positions.unnoted()).toEqual([]);
  });

  it('is forgotten with the shard, and not taken for what another epoch has noted', () => {
    const positions = new FollowedPositions();
    positions.begin(owned());
    positions.walked({ shard: 1 });
    const earlier = positions.unnoted();
    positions.begin(owned(4));
    positions.walked({ shard: 1 });
    positions.noted(earlier);
    expect(positions.unnoted()).toHaveLength(1);
    positions.end(1);
    positions.committed(rowAt(20));
    positions.walked({ shard: 1 });
    expect(positions.unnoted()).toEqual([]);
  });
});
