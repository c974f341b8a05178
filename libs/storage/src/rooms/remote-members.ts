import type { RoomNumbers } from './unread-reader.ts';

/** A joined member of a room, of a server that is not hosted here, with the names that the membership event says. Without NUL. */
export interface RemoteMember {
  readonly userId: string;
  readonly eventNid: number;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

/** Of which state of a room its remote members are stored. */
export interface RemoteMemberState {
  readonly root: number;
  /** Towards which they are being changed, a piece at a time; nothing where all are as `root` says. */
  readonly nextRoot: number | undefined;
}

export interface RemoteMemberRoom extends RoomNumbers, RemoteMemberState {}

/** Changes of one room's members, which take place only where those that are stored are of the state `from`. */
export interface RemoteMemberStep extends RoomNumbers {
  readonly from: RemoteMemberState;
  readonly to: RemoteMemberState;
  /** Of the shard's owner: one who lost the shard changes nothing after another one. */
  readonly epoch: number;
  readonly joined: readonly RemoteMember[];
  /** Users who are not joined any more, or were not. */
  readonly gone: readonly string[];
}

/** Names that a redaction took from a membership event. */
export interface RedactedMember extends RoomNumbers {
  readonly userId: string;
  readonly eventNid: number;
}

/** Up to which position of a shard's log, in which generation of the deployment, all is stored. */
export interface RemoteMemberProgress {
  readonly shard: number;
  readonly generation: number;
  readonly position: number;
}

/**
 * Writes which users of other servers are in rooms. All of it follows from the states of rooms: a step says from which to which state it leads, so
 * that it does no harm to do one twice, and one that does not fit changes nothing.
 */
export interface RemoteMemberProjection {
  /** Rooms of which nothing is stored are left out. */
  listRooms(shard: number, roomNids: readonly number[]): Promise<RemoteMemberRoom[]>;
  findRoom(room: RoomNumbers): Promise<RemoteMemberRoom | undefined>;
  /** Begins with the empty state; what is there stays. */
  beginRoom(room: RoomNumbers & { readonly roomId: string }): Promise<void>;
  /** Takes steps of different rooms; returns the rooms whose steps have been taken. Each user occurs once in a step. */
  takeSteps(steps: readonly RemoteMemberStep[]): Promise<RoomNumbers[]>;
  /** The users are found by their ids alone from now on, where it is this event that said the names. */
  forgetNames(redacted: readonly RedactedMember[]): Promise<void>;
  /** Ends the room, so that no step of it is taken, and removes its members, at most `limit`; returns how many. */
  removeRoom(room: RoomNumbers, limit: number): Promise<number>;
  findProgress(shard: number): Promise<RemoteMemberProgress | undefined>;
  /** Each shard once, with the epoch of its owner: one who lost the shard changes nothing after another one. */
  storeProgress(shards: readonly (RemoteMemberProgress & { readonly epoch: number })[]): Promise<void>;
}
