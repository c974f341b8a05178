import type { Clock } from '@plexus/matrix-base';
import { untilStored, WantedShards } from '@plexus/storage';
import type { OwnedShard as FoundShard, RoomOwnerReader, RoomTransactor } from '@plexus/storage';
import type { Failpoints } from '../failpoints.ts';
import { OwnedShard } from './owned-shard.ts';
import type { OwnedShards } from './owned-shards.ts';

/** What begins and ends with the ownership of a shard. */
export interface ShardLife {
  /** The shard is ours as it is stored; also after a failure in which it turned out to be other than remembered. */
  begin(owned: OwnedShard): void;
  /** Finishes what is under way in a shard that is to be given up. */
  drain(owned: OwnedShard): Promise<void>;
  /** The shard is not ours any more; `fenced`: another process took it without our giving it up. */
  end(shard: number, because: 'released' | 'fenced'): void;
}

export interface ShardOwnerPorts {
  readonly transactor: RoomTransactor;
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly shards: OwnedShards;
  readonly life: ShardLife;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  /** Where callers reach this process. */
  readonly address: string;
  /** Told that a shard's row lacks what was committed; afterwards its generation is of the past. */
  commitsLost(): Promise<void>;
  failed(doing: string, error: unknown): void;
}

/**
 * Takes, keeps and gives up shards.
 *
 *     free ──take──► owned ──give up──► draining ──► released
 *                     │ ▲
 *               renew │ │ the epoch was still ours
 *                     ▼ │
 *                   fenced ──► dropped: another process raised the epoch
 *
 * Only a higher epoch ends ownership; whoever assigns shards merely asks for a change. A new generation of the deployment raises all epochs.
 */
export class ShardOwner {
  readonly #ports: ShardOwnerPorts;
  readonly #wanted: WantedShards;
  /** What was asked for although it is remembered as owned. */
  #doubted = new Set<number>();

  constructor(ports: ShardOwnerPorts) {
    this.#ports = ports;
    this.#wanted = new WantedShards({
      clock: ports.clock,
      takeOver: (wanted) => this.#takeOver(wanted),
      failed: (error) => ports.failed('take shards over', error),
    });
  }

  /**
   * Takes shards over that this process does not own yet; tried until it succeeds or they are wanted no longer.
   *
   * @NOTE Whoever takes a shard does not tell its former owner, who learns of it by its next write. One that had nothing to write since remembers a shard that
   * another process may have given up again: so what is remembered is looked up.
   */
  take(shards: readonly number[]): Promise<void> {
    for (const shard of shards) if (this.#ports.shards.find(shard) !== undefined) this.#doubted.add(shard);
    return this.#wanted.take(shards);
  }

  /** Finishes what is under way in shards, and gives them up so that another process can take them at once. */
  async giveUp(shards: readonly number[]): Promise<void> {
    await this.#wanted.leave(shards);
    await Promise.all(shards.map((shard) => this.#giveUpOne(shard)));
  }

  /**
   * Decides what became of work whose outcome is unknown, by raising the epochs of all owned shards. Afterwards every shard is as it
   * is stored, or gone.
   */
  async recover(): Promise<void> {
    const { clock, failed } = this.#ports;
    const told = (error: unknown): void => failed('renew the ownership of shards', error);
    await untilStored(() => this.#renew(), { clock, signal: this.#wanted.signal, failed: told });
  }

  /** Gives up without a word what was taken in an earlier generation: its rows are of nobody, and may lack what is remembered here. */
  leaveGeneration(): void {
    for (const { shard } of this.#ports.shards.all()) this.#drop(shard, 'fenced');
  }

  /** Gives all shards up. */
  async stop(): Promise<void> {
    await this.giveUp([...this.#ports.shards.all()].map(({ shard }) => shard));
    this.#wanted.stop();
  }

  async #takeOver(wanted: readonly number[]): Promise<void> {
    const { shards } = this.#ports;
    await this.#takeOverMissing(wanted.filter((shard) => shards.find(shard) === undefined));
    const doubted = this.#doubted;
    this.#doubted = new Set();
    try {
      await this.#takeOverMissing(await this.#forgetLost(wanted.filter((shard) => doubted.has(shard))));
    } catch (error) {
      for (const shard of doubted) this.#doubted.add(shard);
      throw error;
    }
  }

  async #takeOverMissing(missing: readonly number[]): Promise<void> {
    const { transactor, shards, life, failpoints, address } = this.#ports;
    if (missing.length === 0) return;
    await failpoints.reach('persister.before-take-over');
    for (const found of await transactor.takeOver(missing, address)) {
      const owned = new OwnedShard(found);
      shards.add(owned);
      life.begin(owned);
    }
    await failpoints.reach('persister.after-take-over');
  }

  /** Forgets those of these shards that are no longer this process's, and says which. */
  async #forgetLost(doubted: readonly number[]): Promise<number[]> {
    const { rooms, shards, address } = this.#ports;
    const remembered = doubted.flatMap((shard) => shards.find(shard) ?? []);
    if (remembered.length === 0) return [];
    const owners = await rooms.listShardOwners();
    // @NOTE Nothing is taken over meanwhile: what has another owner, or none, is as it was before.
    const lost = remembered.filter(
      (owned) => shards.find(owned.shard) === owned && owners.get(owned.shard) !== address,
    );
    for (const { shard } of lost) this.#forget(shard, 'released');
    return lost.map(({ shard }) => shard);
  }

  async #renew(): Promise<void> {
    const { transactor, shards, address } = this.#ports;
    const owned = [...shards.all()];
    if (owned.length === 0) return;
    const found = new Map((await transactor.renew(owned, address)).map((shard) => [shard.shard, shard]));
    if (owned.some((shard) => lacksCommits(shard, found.get(shard.shard)))) await this.#ports.commitsLost();
    for (const shard of owned) this.#settle(shard, found.get(shard.shard));
  }

  async #giveUpOne(shard: number): Promise<void> {
    const { transactor, shards, life, failpoints } = this.#ports;
    const owned = shards.find(shard);
    if (owned === undefined) return;
    owned.isDraining = true;
    await life.drain(owned);
    try {
      await failpoints.reach('persister.before-release');
      // @NOTE Whoever takes the shard over meanwhile has raised the epoch: then nothing is released.
      await transactor.release([owned]);
    } catch (error) {
      this.#ports.failed('release a shard', error);
    }
    if (shards.find(shard) === owned) this.#drop(shard, 'released');
  }

  #settle(owned: OwnedShard, found: FoundShard | undefined): void {
    if (this.#ports.shards.find(owned.shard) !== owned) return undefined;
    // One that is being given up was to be taken.
    if (found === undefined) return this.#drop(owned.shard, owned.isDraining ? 'released' : 'fenced');
    owned.epoch = found.epoch;
    const isAsRemembered = found.counters.position === owned.counters.position;
    owned.counters = found.counters;
    if (isAsRemembered) return undefined;
    owned.resumeAt(found.counters);
    this.#ports.shards.raiseVersion(owned.shard);
    return this.#ports.life.begin(owned);
  }

  /** @NOTE Who has it now keeps it: it is taken back only if it is asked for again. */
  #drop(shard: number, because: 'released' | 'fenced'): void {
    this.#wanted.forget([shard]);
    this.#forget(shard, because);
  }

  #forget(shard: number, because: 'released' | 'fenced'): void {
    const { shards, life } = this.#ports;
    const owned = shards.find(shard);
    shards.remove(shard);
    life.end(shard, because);
    owned?.end();
  }
}

/** What is remembered was acknowledged by Postgres: a row that is behind it was on a server that lost commits. */
function lacksCommits({ counters }: OwnedShard, found: FoundShard | undefined): boolean {
  return found !== undefined && found.counters.position < counters.position;
}
