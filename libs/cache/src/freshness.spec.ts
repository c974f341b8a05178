import { exploreFreshness } from '@plexus/testing';
import type { Exploration, FaultName } from '@plexus/testing';
import { describe, expect, it } from 'vitest';

const isFull = process.env['PLEXUS_TEST_FULL'] === '1';
const firstSeed = Number(process.env['PLEXUS_TEST_SEED'] ?? 1);
const RUNS = isFull ? 2_000 : 20;
/** In so many runs what a missing protection lets through shows itself. */
const MOST_RUNS = 150;

describe('the freshness of mutable values', () => {
  it('holds whatever fails, alone or together', async () => {
    let sharedHits = 0;
    for (let seed = firstSeed; seed < firstSeed + RUNS; seed += 1) {
      const explored = await exploreFreshness({ seed });
      expect({ seed, violations: explored.violations.slice(0, 3) }).toEqual({ seed, violations: [] });
      sharedHits += explored.sharedHits;
    }
    expect(sharedHits).toBeGreaterThan(RUNS);
  }, 600_000);

  it('holds while nothing fails, and the shared level answers much', async () => {
    const explored = await exploreFreshness({ seed: firstSeed, faults: ['nothing'] });
    expect(explored.violations).toEqual([]);
    expect(explored.sharedHits / explored.reads).toBeGreaterThan(0.05);
  });
});

const OF_REDIS: readonly FaultName[] = [
  'redisHangs',
  'redisIsEmptied',
  'redisRestartsEmpty',
  'redisFailsOver',
  'redisSplits',
  'redisIsCutOff',
  'processLosesRedis',
];

describe('the shared level', () => {
  it.each(OF_REDIS)(
    'answers again after %s, while values go on changing',
    async (fault) => {
      for (let seed = firstSeed; seed < firstSeed + RUNS / 10; seed += 1) {
        const pace = { betweenReadsMs: 300, betweenChangesMs: 1_000 };
        const explored = await exploreFreshness({
          seed,
          pace,
          faults: [fault],
          healthyAfterMs: 5_000,
          durationMs: 25_000,
        });
        expect({ seed, violations: explored.violations.slice(0, 3) }).toEqual({ seed, violations: [] });
        expect(explored.sharedHitsAtEnd, `seed ${seed}`).toBeGreaterThan(0);
      }
    },
    600_000,
  );
});

/** What is switched off, and what then lets an old value through. */
const PROTECTIONS: Record<string, Omit<Exploration, 'seed'>> = {
  'marks of changes': {
    pace: { betweenReadsMs: 1_500, betweenChangesMs: 6_000 },
    redis: { marks: false },
    faults: ['processesDieAfterCommit', 'postgresIsSlow'],
  },
  'doubt after a failure': {
    pace: { betweenReadsMs: 600, betweenChangesMs: 6_000 },
    rules: { doubtsFailures: false },
    faults: ['redisIsCutOff', 'cacheIsResized'],
  },
  'leases for fills': { redis: { leases: false }, faults: ['postgresIsSlow', 'processStandsStill'] },
  'one home for a generation': { redis: { homes: false }, faults: ['redisFailsOver', 'redisSplits', 'redisIsEmptied'] },
  generations: { hasGenerations: false, redis: { homes: false }, faults: ['processLosesRedis'] },
  'confirming the generation': {
    rules: { confirmedMs: Infinity },
    faults: ['processLosesRedis', 'processLosesPostgres'],
  },
  'closing the shared level': { keepsClosed: false, faults: ['processLosesRedis', 'postgresIsSlow', 'redisIsEmptied'] },
  'the time that level one serves': { rules: { servedMs: Infinity }, faults: ['processHearsNothing'] },
  'the time in which reads are joined': {
    rules: { joinedMs: Infinity },
    faults: ['processIsFrozen', 'postgresIsSlow'],
  },
  'dropping what a change has outrun': { rules: { dropsOutrun: false }, faults: ['postgresIsSlow'] },
  'keeping the newest only': { rules: { keepsNewestOnly: false }, faults: ['processHearsNothing', 'postgresIsSlow'] },
};

describe('without one protection an old value is seen', () => {
  it.each(Object.entries(PROTECTIONS))(
    '%s',
    async (_name, protection) => {
      for (let seed = 1; seed <= MOST_RUNS; seed += 1) {
        if ((await exploreFreshness({ ...protection, seed })).violations.length > 0) return;
      }
      expect.fail(`nothing was seen in ${MOST_RUNS} runs`);
    },
    120_000,
  );
});
