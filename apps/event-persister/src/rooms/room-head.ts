import { EMPTY_ROOT } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import type { KnownEvent } from './known-event.ts';

/** What the owner keeps of a room: where its timeline ends and what its state is. Immutable; each new event makes a new head. */
export interface RoomHead {
  readonly shard: number;
  readonly roomNid: number;
  readonly roomId: string;
  readonly rules: RoomVersionRules;
  /** Root of the current state. */
  readonly currentRoot: number;
  readonly extremities: readonly KnownEvent[];
  /** The greatest of any event. */
  readonly topologicalPosition: number;
  readonly joinedCount: number;
  readonly invitedCount: number;
  /** Hosted servers whose users may not take part; an empty name stands for all of them. */
  readonly blockedFor: ReadonlySet<string>;
  /** Whose events up to which depth are stored redacted; nothing where that was not looked up. */
  readonly erasedSenders: ReadonlyMap<string, number> | undefined;
  /** How many events notify everybody, and how many of these are in threads. */
  readonly notifyCount: number;
  readonly threadNotifyCount: number;
  /** Whether a hosted server has ever shown it in its directory: then its summary counts its members. */
  readonly isListed: boolean;
  /** The number of the event by which the room was joined, as long as its state lacks members. */
  readonly partialJoin: number | undefined;
}

export const NOBODY_BLOCKED: ReadonlySet<string> = new Set();
export const NOBODY_ERASED: ReadonlyMap<string, number> = new Map();

/** Of a room of which nothing is stored. */
export function emptyHead(room: Pick<RoomHead, 'shard' | 'roomNid' | 'roomId' | 'rules'>): RoomHead {
  return {
    ...room,
    currentRoot: EMPTY_ROOT,
    extremities: [],
    topologicalPosition: 0,
    joinedCount: 0,
    invitedCount: 0,
    blockedFor: NOBODY_BLOCKED,
    erasedSenders: undefined,
    notifyCount: 0,
    threadNotifyCount: 0,
    isListed: false,
    partialJoin: undefined,
  };
}

/** The greatest depth among the forward extremities. */
export function depthOf({ extremities }: RoomHead): number {
  return extremities.reduce((depth, { event }) => Math.max(depth, event.depth), 0);
}

export function headFromRecord(
  record: RoomRecord,
  rules: RoomVersionRules,
  { extremities, blockedFor, erasedSenders }: Pick<RoomHead, 'extremities' | 'blockedFor' | 'erasedSenders'>,
): RoomHead {
  return {
    shard: record.shard,
    roomNid: record.roomNid,
    roomId: record.roomId,
    rules,
    currentRoot: record.currentRoot,
    extremities,
    topologicalPosition: record.topologicalPosition,
    joinedCount: record.joinedCount,
    invitedCount: record.invitedCount,
    blockedFor,
    erasedSenders,
    notifyCount: record.notifyCount,
    threadNotifyCount: record.threadNotifyCount,
    isListed: record.isListed,
    partialJoin: record.partialJoin,
  };
}
