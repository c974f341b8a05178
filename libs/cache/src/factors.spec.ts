import { describe, expect, it } from 'vitest';
import { capacityOf, factorOf, normalizeCacheName } from './factors.ts';

describe('cache factors', () => {
  it('sees one name in any spelling, and keeps digits and underscores', () => {
    for (const name of ['*stateNodes*', 'stateNodes', 'STATENODES', 'state-nodes']) {
      expect(normalizeCacheName(name)).toBe('statenodes');
    }
    expect(normalizeCacheName('*cache_10_a0*')).toBe('cache_10_a0');
  });

  it('lets the own factor beat the global one', () => {
    const factors = { globalFactor: 0.5, perCacheFactors: { STATE_NODES: 2 } };
    expect(factorOf('state_nodes', factors)).toBe(2);
    expect(factorOf('events', factors)).toBe(0.5);
  });

  it('rounds the capacity down', () => {
    expect(capacityOf('events', { globalFactor: 0.33333, perCacheFactors: {} })).toBe(3413);
    expect(capacityOf('events', { globalFactor: 1, perCacheFactors: { events: 0 } })).toBe(0);
  });
});
