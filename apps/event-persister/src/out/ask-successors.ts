import type { RoomWriterChannels } from '@plexus/rpc';
import type { RoomOwnerReader } from '@plexus/storage';
import { assignPartitions } from '@plexus/topics';

export interface AskSuccessorsPorts {
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly channels: Pick<RoomWriterChannels, 'channelTo'>;
  /** What `room_shards` calls this process. */
  readonly address: string;
  readonly roomShards: number;
  failed(error: unknown): void;
}

/** Who does not answer so soon may be gone; another one is asked. */
const ANSWER_MS = 1_000;

/**
 * Finds owners for shards that this process has given up, without waiting for the group of persisters to assign them. Each of the others
 * is asked to take as many as evens out what they own, so that the assignment that follows has nothing to move.
 */
export class AskSuccessors {
  readonly #ports: AskSuccessorsPorts;

  constructor(ports: AskSuccessorsPorts) {
    this.#ports = ports;
  }

  /** Resolves when the shards are taken, or nobody is left to ask: then the group's assignment finds owners for them. */
  async take(shards: readonly number[]): Promise<void> {
    const silent = new Set([this.#ports.address]);
    try {
      for (let left = shards; left.length > 0;) {
        const owners = await this.#ports.rooms.listShardOwners();
        const candidates = new Set([...owners.values()].filter((address) => !silent.has(address)));
        if (candidates.size === 0) return;
        left = await this.#ask([...candidates], { shards: left, owners, silent });
      }
    } catch (error) {
      this.#ports.failed(error);
    }
  }

  /** Those that nobody has taken; who did not answer is silent from now on. */
  async #ask(candidates: readonly string[], { shards, owners, silent }: Asked): Promise<number[]> {
    const all = Array.from({ length: this.#ports.roomShards }, (_, shard) => shard);
    const shares = [...assignPartitions(all, candidates, owners)].map(([address, share]) => ({
      address,
      share: share.filter((shard) => shards.includes(shard)),
    }));
    const left = await Promise.all(
      shares.map(async ({ address, share }) => {
        if (share.length === 0) return [];
        try {
          await this.#ports.channels.channelTo(address).takeShards(share, ANSWER_MS);
          return [];
        } catch (error) {
          this.#ports.failed(error);
          silent.add(address);
          return share;
        }
      }),
    );
    return left.flat();
  }
}

interface Asked {
  readonly shards: readonly number[];
  readonly owners: ReadonlyMap<number, string>;
  readonly silent: Set<string>;
}
