import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { LogFields, Logger } from '@plexus/service-shell';
import type { SetCacheFactors } from '@plexus/storage';
import { expect, it } from 'vitest';
import { CacheSizing } from './cache-sizing.ts';

type Line = readonly [message: string, fields: LogFields | undefined];

function build(yaml: string, variables: Record<string, string> = {}) {
  const environment = readEnvironment(variables);
  const config = loadConfigText(`servers: []\n${yaml}`, environment);
  const lines: Line[] = [];
  const log = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
  const logger: Logger = { error: log, warn: log, info: log, debug: log, child: () => logger };
  let set: SetCacheFactors = { revision: 1, globalFactor: undefined, perCacheFactors: {} };
  const listeners: (() => void)[] = [];
  const copy = {
    current: () => set,
    onChange: (listener: () => void) => {
      listeners.push(listener);
      return () => {};
    },
  };
  const sizing = new CacheSizing({ config, environment, logger }, copy);
  return {
    sizing,
    lines,
    administrate: (factors: Omit<SetCacheFactors, 'revision'>) => {
      set = { ...factors, revision: set.revision + 1 };
      for (const listener of listeners) listener();
    },
    rewrite: (text: string) => sizing.readAgain(loadConfigText(`servers: []\n${text}`, environment)),
  };
}

it('asks the administrator first, then the environment, then the file', () => {
  const yaml = 'caches: { global_factor: 1, per_cache_factors: { events: 2, push_rules: 3, filters: 4 } }';
  const variables = { PLEXUS_CACHE_FACTOR: '5', SYNAPSE_CACHE_FACTOR_EVENTS: '6', PLEXUS_CACHE_FACTOR_FILTERS: '7' };
  const { sizing, administrate } = build(yaml, variables);
  administrate({ globalFactor: undefined, perCacheFactors: { filters: 0 } });
  expect(sizing.factors()).toEqual({ globalFactor: 5, perCacheFactors: { events: 6, push_rules: 3, filters: 0 } });
  expect(sizing.factorOf('push_rules').source).toBe('file');
  expect(sizing.factorOf('events').source).toBe('environment');
  expect(sizing.factorOf('filters').source).toBe('administrator');
  expect(sizing.globalFactor()).toEqual({ factor: 5, source: 'environment', isOwn: false });
});

it('prefers our spelling of a variable to that of Synapse, and takes either', () => {
  expect(build('', { SYNAPSE_CACHE_FACTOR: '2' }).sizing.globalFactor().factor).toBe(2);
  expect(build('', { PLEXUS_CACHE_FACTOR: '3', SYNAPSE_CACHE_FACTOR: '2' }).sizing.globalFactor().factor).toBe(3);
  const both = { PLEXUS_CACHE_FACTOR_EVENTS: '3', SYNAPSE_CACHE_FACTOR_GETEVENT: '2' };
  expect(build('', both).sizing.factorOf('events').factor).toBe(3);
});

it('prefers our name for a cache to Synapse’s where both are set in one place, whichever comes first', () => {
  const yaml = 'caches: { per_cache_factors: { events: 3, "*getEvent*": 4, "*stateGroupCache*": 5, state_nodes: 6 } }';
  const fromFile = build(yaml).sizing;
  expect([fromFile.factorOf('events').factor, fromFile.factorOf('state_nodes').factor]).toEqual([3, 6]);
  expect(fromFile.factors().perCacheFactors).toEqual({ events: 3, state_nodes: 6 });
  const ours = ['PLEXUS_CACHE_FACTOR_EVENTS', '3'] as const;
  const synapses = ['PLEXUS_CACHE_FACTOR_GETEVENT', '4'] as const;
  for (const variables of [
    [ours, synapses],
    [synapses, ours],
  ])
    expect(build('', Object.fromEntries(variables)).sizing.factorOf('events').factor).toBe(3);
});

it('takes factors in any form in which numbers are written', () => {
  expect(build('', { PLEXUS_CACHE_FACTOR: '.5' }).sizing.globalFactor().factor).toBe(0.5);
  expect(build('', { PLEXUS_CACHE_FACTOR: '2.' }).sizing.globalFactor().factor).toBe(2);
});

it('warns with the nearest name that it knows, Synapse’s too', () => {
  const { sizing, lines } = build('caches: { per_cache_factors: { get_user_by_acces_token: 2 } }');
  sizing.print();
  expect(lines.at(-1)?.[0]).toContain('did you mean get_user_by_access_token?');
});

it('takes the base size of events from Synapse’s setting', () => {
  expect(build('event_cache_size: 20K').sizing.factors().baseSizes).toEqual({ events: 20_480 });
});

it('tells of what an administrator or the file changes', () => {
  const { sizing, administrate, rewrite } = build('caches: { global_factor: 1 }');
  const heard: number[] = [];
  sizing.onChange(() => heard.push(sizing.factors().globalFactor));
  rewrite('caches: { global_factor: 2 }');
  administrate({ globalFactor: 3, perCacheFactors: {} });
  administrate({ globalFactor: undefined, perCacheFactors: {} });
  expect(heard).toEqual([2, 3, 2]);
});

it('prints the winners, and warns of names that no cache has with the nearest one', () => {
  const { sizing, lines } = build('caches: { per_cache_factors: { acces_tokens: 2, get_thread_id: 1 } }', {
    PLEXUS_CACHE_FACTOR_STATE_NODES: '4',
  });
  sizing.print();
  expect(lines).toEqual([
    ['Cache factors', { global: '0.5 (default)', factors: { state_nodes: '4 (environment)' } }],
    [
      'A factor is set for acces_tokens, but no cache has this name: did you mean access_tokens?',
      { cache: 'acces_tokens', nearest: 'access_tokens' },
    ],
    ['A factor is set for get_thread_id, but no cache has this name', { cache: 'get_thread_id', nearest: undefined }],
  ]);
});

it('lets entries go that nobody looks up, as Synapse’s settings say', () => {
  expect(build('').sizing.unusedMs()).toBe(30 * 60_000);
  expect(build('caches: { cache_entry_ttl: 5m }').sizing.unusedMs()).toBe(5 * 60_000);
  expect(build('caches: { expiry_time: 2m }').sizing.unusedMs()).toBe(2 * 60_000);
  expect(build('caches: { expire_caches: false }').sizing.unusedMs()).toBeUndefined();
});

it.each(['true', 'half', '-1', '.inf', '.nan', '[1]', '10001', '1e308'])('refuses the factor %s at start', (factor) => {
  expect(() => build(`caches: { global_factor: ${factor} }`)).toThrow('caches.global_factor');
  expect(() => build(`caches: { per_cache_factors: { events: ${factor} } }`)).toThrow('caches.per_cache_factors');
});

it('refuses a variable that is no number, and factors that are no map', () => {
  for (const factor of ['much', '-1', '1e3', '10001', '9'.repeat(400), '.'])
    expect(() => build('', { SYNAPSE_CACHE_FACTOR_EVENTS: factor })).toThrow('SYNAPSE_CACHE_FACTOR_EVENTS');
  expect(() => build('caches: { per_cache_factors: 3 }')).toThrow('caches.per_cache_factors');
});
