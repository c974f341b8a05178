import { expect, it } from 'vitest';
import { combineFactors, factorInForce, globalFactorOf } from './factor-layers.ts';
import type { FactorLayer } from './factor-layers.ts';

const file: FactorLayer = { source: 'file', globalFactor: 2, perCacheFactors: { '*getEvent*': 3, push_rules: 4 } };
const environment: FactorLayer = { source: 'environment', globalFactor: 1, perCacheFactors: { EVENTS: 5 } };
const administrator: FactorLayer = {
  source: 'administrator',
  globalFactor: undefined,
  perCacheFactors: { push_rules: 0 },
};
const layers = [administrator, environment, file];

it('lets the stronger one win, for each factor by itself', () => {
  expect(combineFactors(layers)).toEqual({ globalFactor: 1, perCacheFactors: { events: 5, push_rules: 0 } });
  expect(combineFactors([file])).toEqual({ globalFactor: 2, perCacheFactors: { events: 3, push_rules: 4 } });
});

it('lets an own factor of the file beat a global one of the environment', () => {
  expect(factorInForce('push_rules', [environment, file])).toEqual({ factor: 4, source: 'file', isOwn: true });
});

it('says who has set a factor', () => {
  expect(factorInForce('push_rules', layers)).toEqual({ factor: 0, source: 'administrator', isOwn: true });
  expect(factorInForce('events', layers)).toEqual({ factor: 5, source: 'environment', isOwn: true });
  expect(factorInForce('rooms', layers)).toEqual({ factor: 1, source: 'environment', isOwn: false });
  expect(factorInForce('rooms', [administrator])).toEqual({ factor: 0.5, source: 'default', isOwn: false });
  expect(globalFactorOf([file])).toEqual({ factor: 2, source: 'file', isOwn: false });
});

it('takes no notice of names that no cache has', () => {
  const unknown: FactorLayer = { source: 'file', globalFactor: undefined, perCacheFactors: { get_thread_id: 2 } };
  expect(combineFactors([unknown])).toEqual({ globalFactor: 0.5, perCacheFactors: {} });
});
