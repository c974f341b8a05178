import type { Clock } from '@plexus/matrix-base';
import type {
  AbandonedImport,
  LogTrimming,
  RemoteMemberProjection,
  RoomHousekeeping,
  RoomReader,
  RoomSummaryProjection,
  UserRoomProjection,
} from '@plexus/storage';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import { clearRemovedRooms } from './clear-removed-rooms.ts';
import { collectStateNodes } from './collect-state-nodes.ts';
import { trimHighlights } from './trim-highlights.ts';
import { trimLog } from './trim-log.ts';

/** What is cleared away, for those who count it. */
export const CLEARED_AWAY = [
  'state-nodes',
  'commands',
  'rooms',
  'imports',
  'given-up-pdus',
  'log-rows',
  'highlights',
] as const;

export type ClearedAway = (typeof CLEARED_AWAY)[number];

export interface HousekeeperPorts {
  readonly housekeeping: RoomHousekeeping;
  readonly trimming: LogTrimming;
  readonly rooms: Pick<RoomReader, 'findStateNodes'>;
  readonly projection: Pick<UserRoomProjection, 'removeRoom' | 'listJoinedUsers'>;
  readonly summaries: Pick<RoomSummaryProjection, 'removeSummary'>;
  readonly remoteMembers: Pick<RemoteMemberProjection, 'removeRoom'>;
  readonly shards: OwnedShards;
  readonly clock: Clock;
  /** Makes up a piece of what older events lack; whether there is more. */
  fillIn(owned: OwnedShard): Promise<boolean>;
  /** Has the shard read anew where its row is other than remembered. */
  lookAgain(shard: number): void;
  /** Has an import given up that nobody has come back to. */
  giveUpImport(abandoned: AbandonedImport): void;
  /** Gives up what of the shard's inbound topic is done. */
  trimInbound(owned: OwnedShard): Promise<void>;
  removed(what: ClearedAway, count: number): void;
  /** How many rooms of a shard have how many forward extremities. */
  extremitiesCounted(shard: number, rooms: ReadonlyMap<number, number>): void;
  failed(doing: string, error: unknown): void;
}

export interface HousekeeperOptions {
  /** Between two rounds over all shards. */
  readonly roundMs: number;
  /** Between two looks for rooms that are gone or were brought back, for which somebody waits. */
  readonly removedRoomsMs: number;
  /** Between two pieces of work. */
  readonly pauseMs: number;
  /** Commands are remembered for at least so long. */
  readonly commandAgeMs: number;
  /** Imports that nobody has come back to for so long are given up. */
  readonly importAgeMs: number;
  /** So long it is known which PDUs were given up. */
  readonly givenUpAgeMs: number;
  /** Receipts and tombstones stay in the log for at least so long. */
  readonly receiptAgeMs: number;
  /** So long highlights are kept that somebody does not read. */
  readonly highlightAgeMs: number;
  /** Between two walks through the highlights of a shard. */
  readonly highlightsMs: number;
  /** Between two counts of the extremities of a shard, which read all of its rooms. */
  readonly extremitiesMs: number;
  /** Nodes of a state trie in one piece of work. */
  readonly nodesAtOnce: number;
}

const HOUR_MS = 3_600_000;

export const DEFAULT_HOUSEKEEPING: HousekeeperOptions = {
  roundMs: 600_000,
  removedRoomsMs: 5_000,
  pauseMs: 20,
  commandAgeMs: 48 * HOUR_MS,
  importAgeMs: 24 * HOUR_MS,
  givenUpAgeMs: 30 * 24 * HOUR_MS,
  receiptAgeMs: 7 * 24 * HOUR_MS,
  highlightAgeMs: 365 * 24 * HOUR_MS,
  highlightsMs: 24 * HOUR_MS,
  extremitiesMs: HOUR_MS,
  nodesAtOnce: 500,
};

const ROOMS_AT_ONCE = 100;
const COMMANDS_AT_ONCE = 2_000;

/** Clears away, slowly and in the background, what the owned shards need no longer. */
export class Housekeeper {
  readonly #ports: HousekeeperPorts;
  readonly #options: HousekeeperOptions;
  readonly #stopping = new AbortController();
  /** When the highlights of a shard were last walked through. */
  readonly #walkedAt = new Map<number, number>();
  /** When the extremities of a shard were last counted. */
  readonly #countedAt = new Map<number, number>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: HousekeeperPorts, options: HousekeeperOptions = DEFAULT_HOUSEKEEPING) {
    this.#ports = ports;
    this.#options = options;
  }

  start(): void {
    const { roundMs, removedRoomsMs } = this.#options;
    this.#running = Promise.all([
      this.#every(roundMs, () => this.round()),
      this.#every(removedRoomsMs, () => this.clearRooms()),
      this.#every(removedRoomsMs, () => this.noticeRestored()),
    ]);
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
        await this.#giveUp(shard);
        await this.#collectNodes(shard);
        await this.#trimInbound(shard);
        await this.#trimLog(shard);
        await this.#fillIn(shard);
        await this.#countExtremities(shard);
      } catch (error) {
        this.#ports.failed('clear up a shard', error);
      }
    }
  }

  /** What rooms that are gone have left behind. */
  async clearRooms(): Promise<void> {
    try {
      this.#ports.removed('rooms', await clearRemovedRooms({ ...this.#ports, pause: () => this.#pause() }));
    } catch (error) {
      this.#ports.failed('clear away rooms that are gone', error);
    }
  }

  /**
   * Rooms that an operator has brought back: their rows of the log are there, and nobody has told the owner.
   *
   * @NOTE What is being written now is beyond what is remembered too: it is looked at once more when it is remembered, which costs nothing.
   */
  async noticeRestored(): Promise<void> {
    const { shards, housekeeping, lookAgain, failed } = this.#ports;
    const owned = [...shards.all()].map(({ shard, counters: { position } }) => ({ shard, position }));
    if (owned.length === 0) return;
    try {
      for (const shard of await housekeeping.listMovedShards(owned)) {
        const { position } = shards.find(shard)?.counters ?? {};
        if (owned.some((before) => before.shard === shard && before.position === position)) lookAgain(shard);
      }
    } catch (error) {
      failed('look for rooms that were brought back', error);
    }
  }

  async #every(pauseMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#ports.clock.delay(pauseMs, signal);
      if (!signal.aborted) await work();
    }
  }

  async #countExtremities(shard: number): Promise<void> {
    const { clock, housekeeping, extremitiesCounted } = this.#ports;
    if (clock.now() - (this.#countedAt.get(shard) ?? -Infinity) < this.#options.extremitiesMs) return;
    this.#countedAt.set(shard, clock.now());
    extremitiesCounted(shard, await housekeeping.countExtremities(shard));
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

  async #giveUp(shard: number): Promise<void> {
    const owned = this.#ports.shards.find(shard);
    if (owned === undefined) return;
    const { housekeeping, giveUpImport } = this.#ports;
    const { importAgeMs, givenUpAgeMs } = this.#options;
    const abandoned = await housekeeping.listAbandonedImports(shard, importAgeMs, ROOMS_AT_ONCE);
    for (const each of abandoned) giveUpImport(each);
    this.#ports.removed('imports', abandoned.length);
    const forgotten = await housekeeping.forgetGivenUp(owned, givenUpAgeMs, COMMANDS_AT_ONCE);
    this.#ports.removed('given-up-pdus', forgotten ?? 0);
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

  async #trimLog(shard: number): Promise<void> {
    const { clock } = this.#ports;
    const { receiptAgeMs, highlightAgeMs, highlightsMs } = this.#options;
    const ports = { ...this.#ports, pause: () => this.#pause() };
    this.#ports.removed('log-rows', await trimLog(shard, receiptAgeMs, ports));
    if (clock.now() - (this.#walkedAt.get(shard) ?? -Infinity) < highlightsMs) return;
    this.#walkedAt.set(shard, clock.now());
    this.#ports.removed('highlights', await trimHighlights(shard, highlightAgeMs, ports));
  }

  async #trimInbound(shard: number): Promise<void> {
    const owned = this.#ports.shards.find(shard);
    if (owned !== undefined) await this.#ports.trimInbound(owned);
  }

  async #fillIn(shard: number): Promise<void> {
    for (;;) {
      const owned = this.#ports.shards.find(shard);
      if (owned === undefined || this.#stopping.signal.aborted) return;
      if (!(await this.#ports.fillIn(owned))) return;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return this.#ports.clock.delay(this.#options.pauseMs, this.#stopping.signal);
  }
}
