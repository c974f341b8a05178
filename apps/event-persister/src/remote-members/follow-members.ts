import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RemoteMemberProjection, RemoteMemberState, RemoteMemberStep } from '@plexus/storage';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { UnitOfWork } from '../writing/unit-of-work.ts';
import { CompareMembers } from './compare-members.ts';
import type { CompareMembersPorts } from './compare-members.ts';
import { FollowedPositions } from './followed-positions.ts';
import type { ShardProgress } from './followed-positions.ts';
import { FollowedRooms } from './followed-rooms.ts';
import type { FollowedRoom } from './followed-rooms.ts';
import { walkRooms } from './walk-rooms.ts';
import type { WalkRoomsPorts } from './walk-rooms.ts';

/** Follows the log of owned shards for the members of other servers. */
export interface MemberFollower {
  /** A shard is owned from now on, or its log turned out to be longer than remembered. */
  begin(owned: OwnedShard): void;
  /** Must not throw, nor take time: it is on the way of every unit of work. */
  committed(work: UnitOfWork): void;
  end(shard: number): void;
  stop(): Promise<void>;
}

/** Where nobody looks for users of other servers. */
export const NO_MEMBERS: MemberFollower = {
  begin: () => undefined,
  committed: () => undefined,
  end: () => undefined,
  stop: async () => undefined,
};

export interface FollowMembersPorts extends Omit<CompareMembersPorts, 'isHosted' | 'isWanted' | 'pause'> {
  readonly states: WalkRoomsPorts['states'];
  readonly servers: WalkRoomsPorts['servers'] & { isHosted(serverName: string): boolean };
  readonly projection: RemoteMemberProjection;
  readonly clock: Clock;
  failed(error: unknown): void;
}

export interface FollowMembersOptions {
  /** Between two looks for what is to be stored. */
  readonly roundMs: number;
  /** After a shard is taken over, before its rooms are walked through: who takes it has more urgent things to do. */
  readonly restMs: number;
  /** Between two pieces of a comparison, and between two rooms. */
  readonly pauseMs: number;
  /** Between two notes of how far logs have been followed. */
  readonly noteMs: number;
}

export const DEFAULT_FOLLOWING: FollowMembersOptions = { roundMs: 500, restMs: 3_000, pauseMs: 10, noteMs: 10_000 };

const FAILURE_PAUSE_MS = 1_000;
/** So many rooms are compared side by side: a large one holds up no other. */
const COMPARED_AT_ONCE = 2;
/** So many changes are stored by one call. */
const CHANGES_AT_ONCE = 300;
/** So many rooms found by the walk may wait: what is committed meanwhile waits behind them. */
const MOST_WAITING = 50;

/**
 * Stores who of other servers is in rooms, behind the units of work and never with them.
 *
 *     committed ──► changes in memory ──────────────┐
 *                                                   ├──► remote_members, with the state that they are of
 *     rooms that are walked through, rooms of which │
 *     the changes are not known ──► comparison ─────┘
 *
 * A crash forgets what was in memory: whoever takes the shard over finds by the walk which rooms have gone on since. Up to where all is stored is noted
 * now and then, so that the walk is short.
 */
export class FollowMembers implements MemberFollower {
  readonly #ports: FollowMembersPorts;
  readonly #options: FollowMembersOptions;
  readonly #rooms: FollowedRooms;
  readonly #positions = new FollowedPositions();
  readonly #compare: CompareMembers;
  readonly #comparing = new Map<string, { readonly shard: number; readonly done: Promise<void> }>();
  readonly #toWalk = new Map<number, { readonly owned: OwnedShard; readonly notBefore: number }>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  #noteAfter = 0;

  constructor(ports: FollowMembersPorts, options: FollowMembersOptions = DEFAULT_FOLLOWING) {
    this.#ports = ports;
    this.#options = options;
    const isHosted = (serverName: string): boolean => ports.servers.isHosted(serverName);
    this.#rooms = new FollowedRooms(isHosted);
    this.#compare = new CompareMembers({
      ...ports,
      isHosted,
      isWanted: (room) => !this.#stopping.signal.aborted && this.#rooms.has(room),
      pause: () => this.#pause(options.pauseMs),
    });
    const rounds = this.#repeat(() => this.#round());
    this.#running = Promise.all([rounds, this.#repeat(() => this.#walk())]);
  }

  begin(owned: OwnedShard): void {
    this.#rooms.beginShard(owned);
    this.#positions.begin(owned);
    this.#toWalk.set(owned.shard, { owned, notBefore: this.#ports.clock.now() + this.#options.restMs });
  }

  committed(work: UnitOfWork): void {
    this.#rooms.committed(work);
    this.#positions.committed(work);
  }

  end(shard: number): void {
    this.#rooms.endShard(shard);
    this.#positions.end(shard);
    this.#toWalk.delete(shard);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all([...this.#comparing.values()].map(({ done }) => done));
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await work();
        await pauseBetweenLooks(this.#options.roundMs, this.#ports.clock, this.#stopping.signal);
      } catch (error) {
        this.#ports.failed(error);
        await this.#pause(FAILURE_PAUSE_MS);
      }
    }
  }

  async #round(): Promise<void> {
    const isCompared = (roomId: string): boolean => this.#comparing.has(roomId);
    const isToNote = this.#ports.clock.now() >= this.#noteAfter;
    const reached = isToNote ? this.#withoutComparisons(this.#positions.unnoted()) : [];
    const changed = this.#rooms.takeChanged(isCompared);
    const redacted = this.#rooms.takeRedacted(isCompared);
    try {
      for (const portion of portionsOf(changed)) await this.#storeChanges(portion);
      await this.#ports.projection.forgetNames(redacted);
    } catch (error) {
      for (const room of changed) this.#rooms.putBack(room, 'yes');
      this.#rooms.putBackRedacted(redacted);
      throw error;
    }
    await this.#note(this.#withoutComparisons(reached));
    this.#rooms.forgetOldest(isCompared);
    for (let at = this.#comparing.size; at < COMPARED_AT_ONCE; at += 1) this.#beginComparison();
  }

  /** What a comparison finds is not stored yet. */
  #withoutComparisons(progress: readonly ShardProgress[]): readonly ShardProgress[] {
    const compared = this.#rooms.comparedShards();
    for (const { shard } of this.#comparing.values()) compared.add(shard);
    return progress.filter(({ shard }) => !compared.has(shard));
  }

  async #note(progress: readonly ShardProgress[]): Promise<void> {
    if (progress.length === 0) return;
    await this.#ports.projection.storeProgress(progress);
    this.#positions.noted(progress);
    this.#noteAfter = this.#ports.clock.now() + this.#options.noteMs;
  }

  /** A room of which something else is stored than what the changes lead on from is compared. */
  async #storeChanges(changed: readonly FollowedRoom[]): Promise<void> {
    const taken = await this.#ports.projection.takeSteps(changed.map(stepOf));
    const isTaken = new Set(taken.map(({ shard, roomNid }) => `${shard}/${roomNid}`));
    for (const room of changed) {
      if (isTaken.has(`${room.shard}/${room.roomNid}`)) continue;
      const hasCome = [...room.changes.values()].some((member) => member !== undefined);
      this.#rooms.putBack(room, hasCome ? 'yes' : 'where-stored');
    }
  }

  #beginComparison(): void {
    if (this.#stopping.signal.aborted) return;
    const room = this.#rooms.takeCompared((roomId) => this.#comparing.has(roomId));
    if (room === undefined) return;
    this.#comparing.set(room.roomId, { shard: room.shard, done: this.#runComparison(room) });
  }

  /** Begins the next one when it is done. */
  async #runComparison(room: FollowedRoom): Promise<void> {
    try {
      // Whoever leads the room now notes what it has stored.
      if (!(await this.#compare.execute(room))) this.#positions.end(room.shard);
      await this.#pause(this.#options.pauseMs);
    } catch (error) {
      this.#ports.failed(error);
      this.#rooms.putBack(room, room.comparing);
      await this.#pause(FAILURE_PAUSE_MS);
    }
    this.#comparing.delete(room.roomId);
    this.#beginComparison();
  }

  /** A shard that is taken anew meanwhile is walked through anew. */
  async #walk(): Promise<void> {
    for (const [shard, { owned, notBefore }] of this.#toWalk) {
      if (this.#ports.clock.now() < notBefore) continue;
      const isWanted = (): boolean => this.#toWalk.get(shard)?.owned === owned && !this.#stopping.signal.aborted;
      const pause = (ms: number): Promise<void> => this.#pause(Math.max(ms, this.#options.pauseMs));
      for await (const found of walkRooms(owned, { ...this.#ports, pause })) {
        for (const room of found) {
          while (this.#rooms.waiting >= MOST_WAITING && isWanted()) await this.#pause(this.#options.roundMs);
          if (!isWanted()) return;
          this.#rooms.noteFound(room);
        }
      }
      if (!isWanted() || this.#toWalk.get(shard)?.notBefore !== notBefore) continue;
      this.#toWalk.delete(shard);
      this.#positions.walked(owned);
    }
  }

  #pause(ms: number): Promise<void> {
    return this.#ports.clock.delay(ms, this.#stopping.signal);
  }
}

/** Of a size that one call stores in a short time. */
function portionsOf(changed: readonly FollowedRoom[]): FollowedRoom[][] {
  const portions: FollowedRoom[][] = [];
  let size = Infinity;
  for (const room of changed) {
    if (size + room.changes.size > CHANGES_AT_ONCE) {
      portions.push([]);
      size = 0;
    }
    portions.at(-1)?.push(room);
    size += room.changes.size;
  }
  return portions;
}

function stepOf({ shard, roomNid, from, root, epoch, changes }: FollowedRoom): RemoteMemberStep {
  const joined = [...changes.values()].filter((member) => member !== undefined);
  const gone = [...changes].filter(([, member]) => member === undefined).map(([userId]) => userId);
  return { shard, roomNid, epoch, from: whole(from), to: whole(root), joined, gone };
}

function whole(root: number): RemoteMemberState {
  return { root, nextRoot: undefined };
}
