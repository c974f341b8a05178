import { encodeSyncToken } from '@plexus/matrix-api';
import { describe, expect, it } from 'vitest';
import { SyncTokens } from './sync-tokens.ts';

const tokenAt = (position: number) => ({
  generation: 1,
  bootId: 7,
  userPosition: 2,
  deviceListPosition: 3,
  ephemeralPosition: 4,
  positions: [position, 5],
});

describe('tokens of /sync', () => {
  it('are read as they were written, by whomever', () => {
    const tokens = new SyncTokens();
    const [given, foreign] = [tokens.write(tokenAt(1)), encodeSyncToken(tokenAt(2))];
    expect([tokens.read(given), tokens.read(foreign)]).toEqual([tokenAt(1), tokenAt(2)]);
    expect(tokens.read('s!')).toBeUndefined();
  });

  it('are shared by those who have the same, as long as they are new', () => {
    const tokens = new SyncTokens();
    const first = tokens.write(tokenAt(0));
    expect(tokens.write(tokenAt(0))).toBe(first);
    expect(tokens.read(first)).toBe(tokens.read(first));
    for (let position = 1; position <= 2_000; position += 1) tokens.write(tokenAt(position));
    expect(tokens.read(first)).not.toBe(tokens.read(first));
    expect(tokens.read(first)).toEqual(tokenAt(0));
  });
});
