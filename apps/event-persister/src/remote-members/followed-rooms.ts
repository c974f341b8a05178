import type { RedactedMember, RemoteMember, RoomNumbers } from '@plexus/storage';
import type { LogEntry } from '../rooms/changes.ts';
import { WITHOUT_ROOM } from '../rooms/log-entries.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { UnitOfWork } from '../writing/unit-of-work.ts';
import { isRemoteMembership, remoteMemberOf } from './remote-member.ts';

/** Whether what is stored of a room's members is to be compared with its state: only if there is anything, where nobody has come. */
export type Comparing = 'no' | 'where-stored' | 'yes';

/** A room as it was found to be. */
export interface FoundRoom extends RoomNumbers {
  readonly roomId: string;
  readonly roomVersion: string;
  readonly root: number;
}

/** What is to be stored of a room. */
export interface FollowedRoom extends FoundRoom {
  /** The state from which `changes` lead to `root`. */
  readonly from: number;
  /** Of the shard's owner. */
  readonly epoch: number;
  /** By user; nothing for who is not joined any more. */
  readonly changes: ReadonlyMap<string, RemoteMember | undefined>;
  readonly comparing: Comparing;
}

/** What is looked at of a unit of work. */
export type CommittedWork = Pick<UnitOfWork, 'log' | 'rooms' | 'imports' | 'redactedEvents'>;

interface RememberedRoom extends RoomNumbers {
  readonly roomId: string;
  readonly roomVersion: string;
  from: number;
  root: number;
  changes: Map<string, RemoteMember | undefined>;
  comparing: Comparing;
}

/** So many rooms are remembered: of another one, the next change needs a comparison. */
const MOST_ROOMS = 10_000;
/** So many changes of one room, and of all, wait in memory; beyond, a comparison finds them. */
const MOST_CHANGES = 200;
const MOST_CHANGES_IN_ALL = 20_000;

type IsExcepted = (roomId: string) => boolean;

/**
 * Remembers what units of work have changed about the members of other servers, until it is stored. A row of the log that changes no such member
 * costs a look at its roots, or at the few keys that it changed.
 */
export class FollowedRooms {
  readonly #isHosted: (serverName: string) => boolean;
  readonly #shards = new Map<number, Pick<OwnedShard, 'shard' | 'epoch'>>();
  readonly #rooms = new Map<string, RememberedRoom>();
  /** Of which something is to be stored. */
  readonly #changed = new Set<RememberedRoom>();
  readonly #compared = new Set<RememberedRoom>();
  #changes = 0;
  #redacted: (RedactedMember & { readonly roomId: string })[] = [];

  constructor(isHosted: (serverName: string) => boolean) {
    this.#isHosted = isHosted;
  }

  /** Rooms that wait for a comparison. */
  get waiting(): number {
    return this.#compared.size;
  }

  /** Shards with rooms that wait for a comparison. */
  comparedShards(): Set<number> {
    return new Set([...this.#compared].map(({ shard }) => shard));
  }

  beginShard(owned: Pick<OwnedShard, 'shard' | 'epoch'>): void {
    this.endShard(owned.shard);
    this.#shards.set(owned.shard, owned);
  }

  endShard(shard: number): void {
    if (!this.#shards.delete(shard)) return;
    for (const room of this.#rooms.values()) if (room.shard === shard) this.#forget(room);
    this.#redacted = this.#redacted.filter((redacted) => redacted.shard !== shard);
  }

  /** Whether the room is remembered: it is there, and its shard is followed. */
  has({ roomId }: Pick<FollowedRoom, 'roomId'>): boolean {
    return this.#rooms.has(roomId);
  }

  committed(work: CommittedWork): void {
    for (const entry of work.log) {
      const { shard, roomNid, previousRoot, currentRoot } = entry.row;
      if (!this.#shards.has(shard)) continue;
      if (roomNid === WITHOUT_ROOM) this.#forgetRemoved(entry.roomId, work);
      else if (previousRoot !== currentRoot) this.#noteEntry(entry, work);
    }
    for (const { roomId, stateRoot } of work.imports) {
      if (stateRoot === undefined) this.#noteArrived(roomId, work);
    }
    if (work.redactedEvents.length > 0) this.#noteRedactions(work);
  }

  /** Has a room compared that was found to be other than what is stored of it. What was committed meanwhile is newer. */
  noteFound(found: FoundRoom): void {
    if (!this.#shards.has(found.shard)) return;
    this.#compare(this.#rooms.get(found.roomId) ?? this.#remember({ ...found, from: found.root }), 'yes');
  }

  /** Rooms whose changes can be stored as they are; they are taken to be stored then. */
  takeChanged(isExcepted: IsExcepted): FollowedRoom[] {
    return [...this.#changed].filter(({ roomId }) => !isExcepted(roomId)).map((room) => this.#take(room));
  }

  /** The next room to be compared. */
  takeCompared(isExcepted: IsExcepted): FollowedRoom | undefined {
    for (const room of this.#compared) if (!isExcepted(room.roomId)) return this.#take(room);
    return undefined;
  }

  takeRedacted(isExcepted: IsExcepted): RedactedMember[] {
    const taken = this.#redacted.filter(({ roomId }) => !isExcepted(roomId));
    this.#redacted = this.#redacted.filter(({ roomId }) => isExcepted(roomId));
    return taken;
  }

  /** Forgets the rooms that were remembered first, where there are too many and nothing of them is to be stored. */
  forgetOldest(isExcepted: IsExcepted): void {
    let surplus = this.#rooms.size - MOST_ROOMS;
    for (const room of surplus > 0 ? this.#rooms.values() : []) {
      if (this.#changed.has(room) || this.#compared.has(room) || isExcepted(room.roomId)) continue;
      this.#forget(room);
      surplus -= 1;
      if (surplus === 0) return;
    }
  }

  /** What was taken of a room has not been stored. */
  putBack({ roomId }: FollowedRoom, comparing: Comparing): void {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) this.#compare(room, comparing);
  }

  putBackRedacted(redacted: readonly RedactedMember[]): void {
    this.#redacted.push(...redacted.map((each) => ({ roomId: '', ...each })));
  }

  #noteEntry({ row, roomId, roomVersion, changed }: LogEntry, work: CommittedWork): void {
    const { previousRoot, currentRoot } = row;
    const members = changed.filter((key) => isRemoteMembership(key, this.#isHosted));
    const known = this.#rooms.get(roomId);
    if (known === undefined && members.length === 0 && changed.length > 0) return;
    const begin = { from: previousRoot, root: previousRoot };
    const room = known ?? this.#remember({ ...row, roomId, roomVersion, ...begin });
    // What changed between two rows, or by one that does not say it, only a comparison finds.
    if (room.root !== previousRoot || changed.length === 0) this.#compare(room, 'yes');
    room.root = currentRoot;
    for (const { stateKey, eventNid } of members) {
      const event = eventNid === undefined ? undefined : work.rooms.get(roomId)?.uncommitted.events.get(eventNid);
      if (eventNid !== undefined && (event === undefined || event.redactedBy.length > 0)) this.#compare(room, 'yes');
      else this.#change(room, stateKey, event && remoteMemberOf(stateKey, { ...event, content: event.event.content }));
    }
  }

  /** A room that has come with its state, or whose members have come. */
  #noteArrived(roomId: string, work: CommittedWork): void {
    const head = work.rooms.get(roomId)?.head;
    if (head === undefined) return;
    this.noteFound({ ...head, roomVersion: head.rules.version, root: head.currentRoot });
  }

  #noteRedactions(work: CommittedWork): void {
    const numbers = new Map(work.log.map(({ row, roomId }) => [roomId, row.roomNid]));
    for (const [roomId, { shard, uncommitted }] of work.rooms) {
      const roomNid = numbers.get(roomId);
      if (roomNid === undefined || !this.#shards.has(shard)) continue;
      for (const redacted of work.redactedEvents) {
        const known = redacted.shard === shard ? uncommitted.events.get(redacted.eventNid) : undefined;
        const { type, stateKey: userId } = known?.event ?? {};
        if (known === undefined || type === undefined || userId === undefined) continue;
        if (!isRemoteMembership({ type, stateKey: userId }, this.#isHosted)) continue;
        this.#redacted.push({ shard, roomNid, roomId, userId, eventNid: redacted.eventNid });
      }
    }
  }

  #change(room: RememberedRoom, userId: string, member: RemoteMember | undefined): void {
    if (room.comparing !== 'no') {
      if (member !== undefined) room.comparing = 'yes';
      return;
    }
    const { size } = room.changes;
    room.changes.set(userId, member);
    this.#changes += room.changes.size - size;
    if (room.changes.size > MOST_CHANGES || this.#changes > MOST_CHANGES_IN_ALL) this.#compare(room, 'yes');
    else this.#changed.add(room);
  }

  #compare(room: RememberedRoom, comparing: Comparing): void {
    if (comparing === 'no' || room.comparing === 'yes') return;
    room.comparing = comparing;
    this.#changes -= room.changes.size;
    if (comparing === 'where-stored' && [...room.changes.values()].some((member) => member !== undefined)) {
      room.comparing = 'yes';
    }
    room.changes = new Map();
    this.#changed.delete(room);
    this.#compared.add(room);
  }

  #remember({ shard, roomNid, roomId, roomVersion, ...state }: FoundRoom & Pick<FollowedRoom, 'from'>): RememberedRoom {
    const { from, root } = state;
    const numbers = { shard, roomNid, roomId, roomVersion };
    const room: RememberedRoom = { ...numbers, from, root, changes: new Map(), comparing: 'no' };
    this.#rooms.set(roomId, room);
    return room;
  }

  #forgetRemoved(roomId: string, work: CommittedWork): void {
    const room = this.#rooms.get(roomId);
    if (room !== undefined && work.rooms.get(roomId)?.isRemoved === true) this.#forget(room);
  }

  #forget(room: RememberedRoom): void {
    this.#rooms.delete(room.roomId);
    this.#compared.delete(room);
    if (this.#changed.delete(room)) this.#changes -= room.changes.size;
  }

  /** What comes from now on leads on from there. */
  #take(room: RememberedRoom): FollowedRoom {
    const taken = { ...room, epoch: this.#shards.get(room.shard)?.epoch ?? 0 };
    if (this.#changed.delete(room)) this.#changes -= room.changes.size;
    this.#compared.delete(room);
    room.from = room.root;
    room.changes = new Map();
    room.comparing = 'no';
    return taken;
  }
}
