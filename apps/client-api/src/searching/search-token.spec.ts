import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSearchPlace, encodeSearchPlace } from './search-token.ts';

const after = fc.record({
  rank: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((rank) => !Object.is(rank, -0)),
  originServerTs: fc.maxSafeNat(),
  shard: fc.nat({ max: 1_024 }),
  eventNid: fc.maxSafeNat(),
});
const group = fc.option(
  fc.record({ key: fc.constantFrom('room_id' as const, 'sender' as const), value: fc.string() }),
  { nil: undefined },
);

describe('tokens of searches', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.record({ after, group }), (place) => {
        expect(decodeSearchPlace(encodeSearchPlace(place))).toEqual(place);
      }),
    );
  });

  it.each(['', 'x', 'W10', 'e30', 'bnVsbA', '?', 'WzEsMiwzLDQsNV0'])('are refused in any other shape: %s', (text) => {
    expect(decodeSearchPlace(text)).toBeUndefined();
  });
});
