import type { LinkState } from './model-links.ts';
import type { ModelProcess } from './model-process.ts';
import type { ModelRedis } from './model-redis.ts';
import type { ModelWorld } from './model-world.ts';

/** What a fault may act on. */
export interface ModelDeployment {
  readonly world: ModelWorld;
  /** Those that live. */
  readonly processes: readonly ModelProcess[];
  /** The one that new processes connect to. */
  redis: ModelRedis;
  diesAfterCommit: boolean;
  killProcess(process: ModelProcess): void;
}

export type FaultName = keyof typeof FAULTS;

/** What may go wrong, each for a while. */
export const FAULTS = {
  nothing: () => {},
  redisHangs: (deployment: ModelDeployment) => {
    const { redis } = deployment;
    redis.hang();
    later(deployment, () => redis.resume());
  },
  redisIsSlow: (deployment: ModelDeployment) => forAll(deployment, (process) => slow(deployment, process.toRedis, 150)),
  redisIsEmptied: ({ redis }: ModelDeployment) => redis.empty(),
  redisRestartsEmpty: (deployment: ModelDeployment) => replace(deployment, deployment.redis.emptySuccessor(), 50),
  redisRestartsFromFile: (deployment: ModelDeployment) => replace(deployment, lagging(deployment, 50), 50),
  redisFailsOver: (deployment: ModelDeployment) => replace(deployment, lagging(deployment, 5), 800),
  /** Some processes go on with the former master, the others with its replica. */
  redisSplits: (deployment: ModelDeployment) => {
    const successor = lagging(deployment, 5);
    const former = deployment.redis;
    for (const process of deployment.processes) if (deployment.world.chance(0.5)) process.connect(successor);
    deployment.redis = successor;
    later(deployment, () => {
      former.isDown = true;
      forAll(deployment, (process) => process.connect(deployment.redis));
    });
  },
  redisIsCutOff: (deployment: ModelDeployment) =>
    forAll(deployment, ({ toRedis }) => {
      if (deployment.world.chance(0.7)) cut(deployment, toRedis);
    }),
  processLosesRedis: (deployment: ModelDeployment) => cut(deployment, anyOf(deployment).toRedis),
  processHearsNothing: (deployment: ModelDeployment) => cut(deployment, anyOf(deployment).fromRedis),
  processHearsLate: (deployment: ModelDeployment) => slow(deployment, anyOf(deployment).fromRedis, 3_000),
  processLosesPostgres: (deployment: ModelDeployment) => cut(deployment, anyOf(deployment).toPostgres),
  postgresIsSlow: (deployment: ModelDeployment) =>
    forAll(deployment, (process) => slow(deployment, process.toPostgres, 600)),
  processStandsStill: (deployment: ModelDeployment) => {
    const process = anyOf(deployment);
    process.pause();
    later(deployment, () => process.resume());
  },
  /** What it would have heard meanwhile is lost. */
  processIsFrozen: (deployment: ModelDeployment) => {
    const process = anyOf(deployment);
    process.pause();
    process.fromRedis.isCut = true;
    later(deployment, () => {
      process.fromRedis.isCut = false;
      process.resume();
    });
  },
  processDies: (deployment: ModelDeployment) => deployment.killProcess(anyOf(deployment)),
  processesDieAfterCommit: (deployment: ModelDeployment) => {
    deployment.diesAfterCommit = true;
    later(deployment, () => (deployment.diesAfterCommit = false));
  },
  cacheIsResized: (deployment: ModelDeployment) => {
    const globalFactor = deployment.world.pick([0, 1, 1 / 10_000, 2 / 10_000]);
    forAll(deployment, ({ caches }) => caches.applyFactors({ globalFactor, perCacheFactors: {} }));
  },
} satisfies Record<string, (deployment: ModelDeployment) => void>;

export const FAULT_NAMES: readonly FaultName[] = Object.keys(FAULTS).filter(isFaultName);

function isFaultName(name: string): name is FaultName {
  return name in FAULTS;
}

function anyOf({ world, processes }: ModelDeployment): ModelProcess {
  return world.pick(processes);
}

function forAll({ processes }: ModelDeployment, act: (process: ModelProcess) => void): void {
  for (const process of processes) act(process);
}

function later({ world }: ModelDeployment, act: () => void): void {
  world.after(world.chance(0.8) ? world.between(20, 1_500) : world.between(1_500, 9_000), act);
}

function cut(deployment: ModelDeployment, link: LinkState): void {
  link.isCut = true;
  later(deployment, () => (link.isCut = false));
}

function slow(deployment: ModelDeployment, link: LinkState, ms: number): void {
  const usual = link.slowness;
  link.slowness = ms;
  later(deployment, () => (link.slowness = Math.min(usual, 20)));
}

function lagging({ world, redis }: ModelDeployment, most: number): ModelRedis {
  return redis.successor(Math.trunc(world.between(0, most)));
}

/** Another Redis takes the place; the processes find it one after the other, and fail until then. */
function replace(deployment: ModelDeployment, successor: ModelRedis, mostMs: number): void {
  const { world } = deployment;
  deployment.redis.isDown = true;
  deployment.redis = successor;
  forAll(deployment, (process) =>
    world.after(world.between(1, mostMs), () => {
      if (process.redis.isDown) process.connect(successor);
    }),
  );
}
