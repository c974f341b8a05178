import { describe, expect, it } from 'vitest';
import { findCacheName, normalizeCacheName } from './cache-names.ts';
import { baseSizeOf, capacityOf, factorOf } from './factors.ts';

describe('cache factors', () => {
  it('sees one name in any spelling, and keeps digits and underscores', () => {
    for (const name of ['*stateNodes*', 'stateNodes', 'STATENODES', 'state-nodes']) {
      expect(normalizeCacheName(name)).toBe('statenodes');
    }
    expect(normalizeCacheName('*cache_10_a0*')).toBe('cache_10_a0');
  });

  it('understands the names of Synapse for caches that hold the same', () => {
    expect(findCacheName('*getEvent*')).toBe('events');
    expect(findCacheName('GET_USER_BY_ACCESS_TOKEN')).toBe('access_tokens');
    expect(findCacheName('state_nodes')).toBe('state_nodes');
    expect(findCacheName('get_thread_id')).toBeUndefined();
    expect(findCacheName('constructor')).toBeUndefined();
  });

  it('lets the own factor beat the global one', () => {
    const factors = { globalFactor: 0.5, perCacheFactors: { STATE_NODES: 2 } };
    expect(factorOf('state_nodes', factors)).toBe(2);
    expect(factorOf('events', factors)).toBe(0.5);
  });

  it('rounds the capacities down, of the process and of the shared level', () => {
    expect(capacityOf('filters', { globalFactor: 0.33333, perCacheFactors: {} })).toEqual({
      process: 333,
      shared: 1666,
    });
    expect(capacityOf('filters', { globalFactor: 1, perCacheFactors: { filters: 0 } })).toEqual({
      process: 0,
      shared: 0,
    });
  });

  it('takes a base size that was chosen, and lets the shared level grow with it', () => {
    const factors = { globalFactor: 0.5, perCacheFactors: {}, baseSizes: { filters: 2_000 } };
    expect(baseSizeOf('filters', factors)).toEqual({ process: 2_000, shared: 10_000 });
    expect(capacityOf('filters', factors)).toEqual({ process: 1_000, shared: 5_000 });
  });
});
