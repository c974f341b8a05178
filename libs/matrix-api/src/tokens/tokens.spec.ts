import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSyncToken, encodeSyncToken } from './sync-token.ts';
import { decodeTimelineToken, encodeTimelineToken } from './timeline-token.ts';

const position = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.maxSafeNat());
const token = fc.record({
  generation: fc.maxSafeNat(),
  bootId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  userPosition: fc.maxSafeNat(),
  deviceListPosition: fc.maxSafeNat(),
  ephemeralPosition: fc.maxSafeNat(),
  positions: fc.array(position, { maxLength: 100 }),
});

describe('sync tokens', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(token, (value) => {
        expect(decodeSyncToken(encodeSyncToken(value))).toEqual(value);
      }),
    );
  });

  it.each([
    [64, 512],
    [1024, 6 * 1024],
  ])('of %i shards at positions below 2^32 have at most %i bytes', (shards, most) => {
    const below = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: shards, maxLength: shards });
    const worst = {
      generation: 2 ** 16,
      bootId: 2 ** 32 - 1,
      userPosition: 2 ** 40,
      deviceListPosition: 2 ** 40,
      ephemeralPosition: 2 ** 40,
      positions: Array<number>(shards).fill(2 ** 32 - 1),
    };
    expect(encodeSyncToken(worst).length).toBeLessThanOrEqual(most);
    fc.assert(
      fc.property(below, (positions) => encodeSyncToken({ ...worst, positions }).length <= most),
      { numRuns: 20 },
    );
  });

  it('are short where most shards are empty', () => {
    const positions = Array<number>(64).fill(0).with(5, 7);
    expect(
      encodeSyncToken({
        generation: 1,
        bootId: 1,
        userPosition: 0,
        deviceListPosition: 0,
        ephemeralPosition: 0,
        positions,
      }).length,
    ).toBeLessThan(60);
  });

  it('are refused in any other shape', () => {
    const text = encodeSyncToken({
      generation: 1,
      bootId: 2,
      userPosition: 3,
      deviceListPosition: 0,
      ephemeralPosition: 4,
      positions: [1, 2, 300],
    });
    const bad = [
      '',
      's',
      's12_3',
      't1_2',
      text.slice(0, -2),
      `${text}AA`,
      `x${text.slice(1)}`,
      text.replace('s', 's*'),
    ];
    for (const other of bad) expect(decodeSyncToken(other)).toBeUndefined();
    fc.assert(
      fc.property(fc.base64String(), (noise) => decodeSyncToken(`s${noise}`) === undefined || noise.length > 8),
    );
  });
});

describe('timeline tokens', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), (generation, topologicalPosition, eventNid) => {
        const place = { generation, topologicalPosition, eventNid };
        expect(decodeTimelineToken(encodeTimelineToken(place))).toEqual(place);
      }),
    );
  });

  it.each(['', 't', 't1', 't1_2', 't1_2_', 't1_2_3_4', 't1_2_-3', 's1_2_3', 't1_zzzzzzzzzzz_1'])(
    '%j is refused',
    (text) => {
      expect(decodeTimelineToken(text)).toBeUndefined();
    },
  );
});
