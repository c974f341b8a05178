import type { RemoteMemberProgress, RoomLogRow, ShardCounters } from '@plexus/storage';
import type { OwnedShard } from '../shards/owned-shard.ts';

/** What is to be noted of a shard. */
export type ShardProgress = RemoteMemberProgress & { readonly epoch: number };

type FollowedOwner = Pick<OwnedShard, 'shard' | 'epoch' | 'generation'>;

interface FollowedShard {
  readonly owned: FollowedOwner;
  /** Last position of the log that was looked at. */
  position: number;
  noted: number | undefined;
  /** Whether what was there before it was followed has been looked at. */
  isWalked: boolean;
}

interface LoggedRow {
  readonly row: Pick<RoomLogRow, 'shard' | 'position'>;
}

/** Remembers how far the log of each shard has been followed, and what of that is noted. */
export class FollowedPositions {
  readonly #shards = new Map<number, FollowedShard>();

  begin(owned: FollowedOwner & { readonly counters: Pick<ShardCounters, 'position'> }): void {
    this.#shards.set(owned.shard, {
      owned,
      position: owned.counters.position,
      noted: undefined,
      isWalked: false,
    });
  }

  committed({ log }: { readonly log: Iterable<LoggedRow> }): void {
    for (const { row } of log) {
      const followed = this.#shards.get(row.shard);
      if (followed !== undefined) followed.position = Math.max(followed.position, row.position);
    }
  }

  walked({ shard }: Pick<OwnedShard, 'shard'>): void {
    const followed = this.#shards.get(shard);
    if (followed !== undefined) followed.isWalked = true;
  }

  end(shard: number): void {
    this.#shards.delete(shard);
  }

  /** Of shards that have gone on since; what waits to be stored must be taken after this, so that nothing of it lies behind these positions. */
  unnoted(): ShardProgress[] {
    return [...this.#shards.values()]
      .filter(({ isWalked, position, noted }) => isWalked && position !== noted)
      .map(({ owned: { shard, epoch, generation }, position }) => ({ shard, epoch, generation, position }));
  }

  noted(progress: readonly ShardProgress[]): void {
    for (const { shard, epoch, position } of progress) {
      const followed = this.#shards.get(shard);
      if (followed?.owned.epoch === epoch) followed.noted = position;
    }
  }
}
