import type { NamedCache } from '@plexus/cache';
import { RedisCacheStore } from '@plexus/cache-redis';
import { median } from '../statistics.ts';
import { aliases, cachesOver, VALUE } from './measured-caches.ts';

export interface ReadTimes {
  /** Microseconds at the median. */
  readonly peek: number;
  readonly levelOne: number;
  readonly levelTwo: number;
  /** Per read, with 16 at once. */
  readonly levelTwoBusy: number;
}

const KEYS = Array.from({ length: 4_000 }, (_, index) => `#alias${index}:example.org`);
const ROUNDS = 200;
const CALLS = 1_000;

/** What a read takes that the process answers, and one that Redis does. */
export async function measureReads(redisUrl: string): Promise<ReadTimes> {
  const stores = [openStore(redisUrl), openStore(redisUrl), openStore(redisUrl)];
  await Promise.all(stores.map((store) => store.connected()));
  const home = (await stores[0]?.settle(1, undefined)) ?? '';
  const [first, second, third] = stores.map((store) => cachesOver(store, 1, home).open(aliases));
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are three processes');
  for (const key of KEYS) await first.get(key, async () => VALUE);
  const peek = await perCall(async () => {
    for (let call = 0; call < CALLS; call += 1) first.peek(KEYS[call % KEYS.length] ?? '');
  });
  const levelOne = await perCall(async () => {
    for (let call = 0; call < CALLS; call += 1) await first.get(KEYS[call % KEYS.length] ?? '', notThere);
  });
  const levelTwo = await oneByOne(second);
  const levelTwoBusy = await sixteenAtOnce(third);
  await Promise.all(stores.map((store) => store.close()));
  return { peek, levelOne, levelTwo, levelTwoBusy };
}

function openStore(url: string): RedisCacheStore {
  let leases = 0;
  const keyPrefix = 'measured:';
  return new RedisCacheStore({
    place: { kind: 'single', url },
    keyPrefix,
    // A machine that is busy may make a first connection slow; what is measured are medians.
    commandTimeoutMs: 10_000,
    nextLease: () => `${process.pid}-${++leases}`,
  });
}

async function perCall(callAll: () => Promise<void>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push((await microseconds(callAll)) / CALLS);
  return median(rounds);
}

async function oneByOne(cache: NamedCache<string>): Promise<number> {
  const times: number[] = [];
  for (const key of KEYS) times.push(await microseconds(() => cache.get(key, notThere)));
  return median(times);
}

async function sixteenAtOnce(cache: NamedCache<string>): Promise<number> {
  const times: number[] = [];
  for (let from = 0; from < KEYS.length; from += 16) {
    const keys = KEYS.slice(from, from + 16);
    times.push((await microseconds(() => Promise.all(keys.map((key) => cache.get(key, notThere))))) / keys.length);
  }
  return median(times);
}

async function microseconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) * 1_000;
}

function notThere(): Promise<never> {
  throw new Error('a cache was to answer this');
}
