import type {
  ExecutedCommand,
  NewEvent,
  NewReceipt,
  ParkedPdu,
  RoomWork,
  ShardAdvance,
  RoomSummary,
  ShardCounters,
  UserRoom,
} from '@plexus/storage';
import type { Execution } from '../commands/execution.ts';
import type { ChangedKey, LogEntry } from '../rooms/changes.ts';
import { Changes } from '../rooms/changes.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomHead } from '../rooms/room-head.ts';
import type { Uncommitted } from '../rooms/room-view.ts';
import type { OwnedShard, StoredImplied } from '../shards/owned-shard.ts';
import { newRoomOf, roomChangeOf } from './room-rows.ts';
import { latestOfEach, mergeResidency } from './merge-rows.ts';
import type { RoomItem, StashableItem } from './room-item.ts';

/** An item of which the attempt came to something, and what. */
export interface DoneItem {
  readonly item: RoomItem;
  readonly execution: Exclude<Execution, { outcome: 'incomplete' }>;
  /** Of the last row of the log that it brought. */
  readonly position: number;
  readonly memberships: readonly UserRoom[];
  readonly summaries: readonly RoomSummary[];
  /** Events that it brought, and their bytes. */
  readonly storedEvents: number;
  readonly storedBytes: number;
}

interface RoomInWork {
  readonly shard: number;
  /** Nothing where it stays as it was. */
  head: RoomHead | undefined;
  isNew: boolean;
  /** From the commit on; nothing more is done in it before. */
  isRemoved: boolean;
  /** What is remembered of it is of another state, and of other members. */
  isReplaced: boolean;
  readonly uncommitted: Uncommitted;
  readonly changedKeys: ChangedKey[];
}

interface ShardInWork {
  readonly owned: OwnedShard;
  counters: ShardCounters;
  readonly doneOffsets: Set<number>;
  readonly projectedPositions: number[];
  /** By its events; stored later. */
  readonly implied: NewReceipt[];
  /** By events that were committed before; stored with it. */
  storedImplied: StoredImplied | undefined;
  /** What the row says after the commit. */
  advanced: ShardCounters;
}

/** What is stored in one transaction: the work of many rooms of many shards. */
export class UnitOfWork {
  readonly done: DoneItem[] = [];
  readonly stashed: StashableItem[] = [];
  readonly rooms = new Map<string, RoomInWork>();
  readonly shards = new Map<number, ShardInWork>();
  readonly #changes = new Changes();
  readonly #commands: ExecutedCommand[] = [];
  readonly #implied: NewReceipt[] = [];
  readonly #readProgress: { readonly shard: number; readonly position: number }[] = [];
  byteLength = 0;
  /** Of rows of the log. */
  eventCount = 0;

  /** Nothing is to be stored: what was attempted changes nothing. */
  get isEmpty(): boolean {
    return this.shards.size === 0;
  }

  get log(): readonly LogEntry[] {
    return this.#changes.log;
  }

  get storedEvents(): readonly NewEvent[] {
    return this.#changes.events;
  }

  get copies(): Pick<Changes, 'redactedCopies' | 'restored'> {
    return this.#changes;
  }

  get purges(): Changes['purges'] {
    return this.#changes.purges;
  }

  get redactedEvents(): Changes['redactedEvents'] {
    return this.#changes.redactedEvents;
  }

  /** How far rooms have come that are on their way here, or whose members are. */
  get imports(): Changes['imports'] {
    return this.#changes.imports;
  }

  get parked(): readonly ParkedPdu[] {
    return this.#changes.parked;
  }

  get unparked(): Changes['unparked'] {
    return this.#changes.unparked;
  }

  /** A PDU whose room is busy for long is kept in a row, so that the shard's offset can move on. */
  stash(item: StashableItem, owned: OwnedShard): void {
    const { offset } = item;
    if (offset === undefined) return;
    this.touch(owned).doneOffsets.add(offset);
    this.#changes.parked.push(item.toParked());
    this.stashed.push(item);
  }

  countersOf(owned: OwnedShard): ShardCounters {
    return this.shards.get(owned.shard)?.counters ?? owned.counters;
  }

  /** Takes what an attempt has made. */
  add(
    item: RoomItem,
    edit: RoomEdit,
    { execution, owned }: { readonly execution: DoneItem['execution']; readonly owned: OwnedShard },
  ): void {
    const hasEffect = hasEffectOf(execution);
    const { memberships, summaries } = hasEffect ? edit.changes : NO_PROJECTION;
    const { position } = hasEffect ? edit.counters : this.countersOf(owned);
    const events = hasEffect ? edit.changes.events : [];
    const storedBytes = events.reduce((sum, { json }) => sum + json.length, 0);
    this.done.push({ item, execution, position, memberships, summaries, storedEvents: events.length, storedBytes });
    this.byteLength += item.byteLength;
    if (!hasEffect && item.offset === undefined) return;
    const shard = this.touch(owned);
    if (item.offset !== undefined) shard.doneOffsets.add(item.offset);
    if (!hasEffect) return;
    shard.counters = edit.counters;
    shard.projectedPositions.push(...projectedPositionsOf({ memberships, summaries }));
    this.#takeRoom(edit);
    this.#takeChanges(edit.changes, owned);
    if (execution.outcome === 'stored') this.#takeCommand(item, edit, execution.eventNids);
  }

  /** Stores the shard's progress even if no room of it changes. */
  touch(owned: OwnedShard): ShardInWork {
    let shard = this.shards.get(owned.shard);
    if (shard === undefined) {
      shard = {
        owned,
        counters: owned.counters,
        doneOffsets: new Set(),
        projectedPositions: [],
        implied: [],
        storedImplied: undefined,
        advanced: owned.counters,
      };
      this.shards.set(owned.shard, shard);
    }
    return shard;
  }

  /** Stores what events of the shard implied up to its last commit. */
  storeImplied(owned: OwnedShard): void {
    const { shard, impliedReceipts, counters } = owned;
    const receipts = impliedReceipts.all();
    this.touch(owned).storedImplied = { receipts, upTo: counters.position };
    this.#implied.push(...receipts);
    this.#readProgress.push({ shard, position: counters.position });
  }

  toWork(): RoomWork {
    const changed = [...this.rooms.values()];
    const { events, stateNodes, log, residency, receipts, highlights, removedRooms, listedRooms } = this.#changes;
    const { parked, unparked, deadLetters, settledDeadLetters, relations, brokenRelations } = this.#changes;
    const {
      rerooted,
      redactedCopies,
      restored,
      purges,
      erasures,
      blocks,
      residencyResets,
      backwardExtremities,
      filledExtremities,
      imports,
    } = this.#changes;
    return {
      advances: [...this.shards.values()].map((shard) => advanceOf(shard)),
      newRooms: changed.flatMap(({ head, isNew }) => (isNew && head !== undefined ? [newRoomOf(head)] : [])),
      roomChanges: changed.flatMap(({ head, isNew }) => (isNew || head === undefined ? [] : [roomChangeOf(head)])),
      events,
      rerooted,
      redactedCopies,
      restored,
      purges,
      erasures,
      blocks,
      stateNodes,
      log: log.map(({ row }) => row),
      commands: this.#commands,
      residencyResets,
      residency: mergeResidency(residency),
      backwardExtremities,
      filledExtremities,
      imports: [...new Map(imports.map((change) => [change.roomId, change])).values()],
      receipts: latestOfEach([...receipts, ...this.#implied]),
      highlights,
      readProgress: this.#readProgress,
      removedRooms,
      listedRooms,
      parked,
      unparked,
      deadLetters,
      settledDeadLetters,
      relations,
      brokenRelations,
    };
  }

  #takeRoom(edit: RoomEdit): void {
    const { roomId } = edit.sources;
    const known = this.rooms.get(roomId);
    const room = known ?? newRoomInWork(edit);
    if (edit.hasMovedHead) room.head = edit.head;
    room.isNew ||= edit.isNewRoom;
    room.isRemoved = edit.changes.removedRooms.length > 0;
    room.isReplaced ||= edit.changes.residencyResets.length > 0 || edit.changes.isStateReplaced;
    if (known !== undefined) room.uncommitted.absorb(edit.uncommitted);
    room.changedKeys.push(...edit.changes.changedKeys);
    this.rooms.set(roomId, room);
  }

  #takeChanges(made: Changes, owned: OwnedShard): void {
    this.#changes.absorb(made);
    this.touch(owned).implied.push(...made.impliedReceipts);
    this.eventCount += made.log.length;
    for (const { json } of made.events) this.byteLength += json.length;
  }

  #takeCommand({ commandId, shard }: RoomItem, edit: RoomEdit, eventNids: readonly number[]): void {
    if (commandId === undefined || edit.head === undefined) return;
    this.#commands.push({
      shard,
      commandId,
      roomNid: edit.head.roomNid,
      eventNids,
      position: edit.counters.position,
    });
  }
}

function hasEffectOf(execution: DoneItem['execution']): boolean {
  if (execution.outcome === 'received') return execution.received.outcome === 'stored';
  return execution.outcome === 'stored' || execution.outcome === 'settled';
}

const NO_PROJECTION: Pick<DoneItem, 'memberships' | 'summaries'> = { memberships: [], summaries: [] };

/** Of the rows of the log that are to be projected, in order. */
export function projectedPositionsOf({
  memberships,
  summaries,
}: Pick<DoneItem, 'memberships' | 'summaries'>): number[] {
  return [...new Set([...memberships, ...summaries].map(({ position }) => position))].sort((a, b) => a - b);
}

/** With what the first edit of the room has made, which is done with it. */
function newRoomInWork({ shard, uncommitted }: Pick<RoomEdit, 'shard' | 'uncommitted'>): RoomInWork {
  const nothingYet = { head: undefined, isNew: false, isRemoved: false, isReplaced: false, changedKeys: [] };
  return { shard, ...nothingYet, uncommitted };
}

function advanceOf(shard: ShardInWork): ShardAdvance {
  const { owned, counters, doneOffsets } = shard;
  shard.advanced = owned.countersAfter(counters, doneOffsets);
  return {
    shard: owned.shard,
    epoch: owned.epoch,
    positionBefore: owned.counters.position,
    counters: shard.advanced,
  };
}
