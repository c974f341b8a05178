import { FRESHNESS_RULES, SOLE_GENERATION } from '@plexus/cache';
import type { FreshnessRules } from '@plexus/cache';
import { checkFreshness } from './check-freshness.ts';
import { FAULT_NAMES, FAULTS } from './freshness-faults.ts';
import type { FaultName, ModelDeployment } from './freshness-faults.ts';
import { ModelClients } from './model-clients.ts';
import type { Pace } from './model-clients.ts';
import { ModelPostgres } from './model-postgres.ts';
import { ModelProcess } from './model-process.ts';
import { ModelRedis } from './model-redis.ts';
import type { RedisProtections } from './model-redis.ts';
import { ModelWorld } from './model-world.ts';

export interface Exploration {
  readonly seed: number;
  /** What may go wrong; all of it unless said. */
  readonly faults?: readonly FaultName[];
  /** One of several unless said. */
  readonly pace?: Pace;
  readonly rules?: Partial<FreshnessRules>;
  readonly redis?: Partial<RedisProtections>;
  /** Whether the shared level is kept closed when its generation is raised. */
  readonly keepsClosed?: boolean;
  /** Whether there are generations at all. */
  readonly hasGenerations?: boolean;
  /** Nothing begins to go wrong after this; something may unless said until the end. */
  readonly healthyAfterMs?: number;
  readonly durationMs?: number;
}

export interface Explored {
  /** In words; none is as it should be. */
  readonly violations: readonly string[];
  readonly reads: number;
  readonly changes: number;
  /** Look-ups that the shared level answered: a run in which it answers nothing shows nothing. */
  readonly sharedHits: number;
  /** Those of the last seconds. */
  readonly sharedHitsAtEnd: number;
}

const DURATION_MS = 20_000;
const END_MS = 5_000;
const PROCESSES = 3;
const PACES: readonly Pace[] = [
  { betweenReadsMs: 300, betweenChangesMs: 1_000 },
  { betweenReadsMs: 300, betweenChangesMs: 10_000 },
  { betweenReadsMs: 1_500, betweenChangesMs: 5_000 },
];
/** The long times of the rules, shortened together with those of the model's Redis and Postgres; the bound of a second is the real one. */
const MODEL_RULES: FreshnessRules = { ...FRESHNESS_RULES, closedMs: 3_600, promptMs: 1_000 };

/**
 * Lets several processes read, change and lose what they stand on, as a seed has it, and checks what they read. Time, connections, Redis and
 * Postgres are models; the caches are the real ones.
 */
export async function exploreFreshness(exploration: Exploration): Promise<Explored> {
  const run = new FreshnessRun(exploration);
  return run.explore();
}

class FreshnessRun implements ModelDeployment {
  readonly world: ModelWorld;
  readonly processes: ModelProcess[] = [];
  redis: ModelRedis;
  diesAfterCommit = false;
  readonly #exploration: Exploration;
  readonly #postgres: ModelPostgres;
  readonly #clients: ModelClients;
  /** The dead ones too. */
  readonly #all: ModelProcess[] = [];

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
    this.world = new ModelWorld(exploration.seed);
    this.#postgres = new ModelPostgres(this.world, exploration.keepsClosed ?? true);
    this.#clients = new ModelClients(this.world, exploration.pace ?? this.world.pick(PACES));
    this.redis = new ModelRedis(this.world, { marks: true, leases: true, homes: true, ...exploration.redis });
  }

  async explore(): Promise<Explored> {
    for (let count = 0; count < PROCESSES; count += 1) this.#startProcess();
    this.world.after(1_000, () => this.#disturb());
    const durationMs = this.#exploration.durationMs ?? DURATION_MS;
    await this.world.runUntil(durationMs - END_MS);
    const hitsBefore = this.#sharedHits();
    await this.world.runUntil(durationMs);
    const sharedHits = this.#sharedHits();
    const { reads, changes } = this.#clients;
    const commitsOf = this.#postgres.commitsOf.bind(this.#postgres);
    return {
      violations: checkFreshness({ reads, changes, commitsOf }),
      reads: reads.length,
      changes: changes.length,
      sharedHits,
      sharedHitsAtEnd: sharedHits - hitsBefore,
    };
  }

  killProcess(process: ModelProcess): void {
    if (process.isDead) return;
    process.kill();
    this.#startProcess();
    this.processes.splice(this.processes.indexOf(process), 1);
  }

  #startProcess(): void {
    const process = new ModelProcess({
      world: this.world,
      postgres: this.#postgres,
      redis: this.redis,
      rules: { ...MODEL_RULES, ...this.#exploration.rules },
      ...(this.#exploration.hasGenerations === false && { generations: SOLE_GENERATION }),
      onCommitted: (committing) => {
        if (this.diesAfterCommit && this.world.chance(0.3)) this.killProcess(committing);
      },
    });
    this.processes.push(process);
    const number = this.#all.push(process);
    process.start();
    this.#clients.ask(process, number);
  }

  #sharedHits(): number {
    const stats = this.#all.flatMap(({ caches }) => caches.stats());
    return stats.reduce((sum, { shared }) => sum + (shared?.hits ?? 0), 0);
  }

  #disturb(): void {
    const { world } = this;
    if (world.now >= (this.#exploration.healthyAfterMs ?? Infinity)) return;
    FAULTS[world.pick(this.#exploration.faults ?? FAULT_NAMES)](this);
    world.after(world.between(50, 2_500), () => this.#disturb());
  }
}
