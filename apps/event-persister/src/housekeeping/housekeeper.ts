import type { Clock } from '@plexus/matrix-base';
import type { RoomHousekeeping, RoomReader } from '@plexus/storage';
import type { OwnedShards } from '../shards/owned-shards.ts';
import { collectStateNodes } from './collect-state-nodes.ts';

export interface HousekeeperPorts {
  readonly housekeeping: RoomHousekeeping;
  readonly rooms: Pick<RoomReader, 'findStateNodes'>;
  readonly shards: OwnedShards;
  readonly clock: Clock;
  removed(what: 'state-nodes' | 'commands', count: number): void;
  failed(doing: string, error: unknown): void;
}

export interface HousekeeperOptions {
  /** Between two rounds over all shards. */
  readonly roundMs: number;
  /** Between two pieces of work. */
  readonly pauseMs: number;
  /** Commands are remembered for at least so long. */
  readonly commandAgeMs: number;
  /** Nodes of a state trie in one piece of work. */
  readonly nodesAtOnce: number;
}

export const DEFAULT_HOUSEKEEPING: HousekeeperOptions = {
  roundMs: 600_000,
  pauseMs: 20,
  commandAgeMs: 48 * 3_600_000,
  nodesAtOnce: 500,
};

const ROOMS_AT_ONCE = 100;
const COMMANDS_AT_ONCE = 2_000;

/** Clears away, slowly and in the background, what the owned shards need no longer. */
export class Housekeeper {
  readonly #ports: HousekeeperPorts;
  readonly #options: HousekeeperOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(ports: HousekeeperPorts, options: HousekeeperOptions = DEFAULT_HOUSEKEEPING) {
    this.#ports = ports;
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** One round over the shards that are owned now. */
  async round(): Promise<void> {
    for (const { shard } of this.#ports.shards.all()) {
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#removeCommands(shard);
        await this.#collectNodes(shard);
      } catch (error) {
        this.#ports.failed('clear up a shard', error);
      }
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#ports.clock.delay(this.#options.roundMs, signal);
      if (!signal.aborted) await this.round();
    }
  }

  async #removeCommands(shard: number): Promise<void> {
    for (;;) {
      const owned = this.#ports.shards.find(shard);
      if (owned === undefined) return;
      const { commandAgeMs } = this.#options;
      const count = await this.#ports.housekeeping.removeOldCommands(owned, commandAgeMs, COMMANDS_AT_ONCE);
      this.#ports.removed('commands', count ?? 0);
      if (count !== COMMANDS_AT_ONCE) return;
      await this.#pause();
    }
  }

  async #collectNodes(shard: number): Promise<void> {
    for (const room of await this.#ports.housekeeping.listRoomsWithGarbage(shard, ROOMS_AT_ONCE)) {
      const owned = this.#ports.shards.find(shard);
      if (owned === undefined || this.#stopping.signal.aborted) return;
      const removed = await collectStateNodes(owned, room, {
        ...this.#ports,
        nodesAtOnce: this.#options.nodesAtOnce,
        pause: () => this.#pause(),
      });
      this.#ports.removed('state-nodes', removed ?? 0);
    }
  }

  #pause(): Promise<void> {
    return this.#ports.clock.delay(this.#options.pauseMs, this.#stopping.signal);
  }
}
