import type { RoomRecord } from './room-records.ts';

/** A room as administrators sort and search it; nothing where its state does not say. */
export interface RoomDescription {
  readonly name: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly creator: string | undefined;
  readonly encryption: string | undefined;
  readonly isFederatable: boolean;
  readonly joinRule: string | undefined;
  readonly guestAccess: string | undefined;
  readonly historyVisibility: string | undefined;
  readonly roomType: string | undefined;
  readonly stateEvents: number;
}

/** A room whose description is not that of its current state. */
export interface OutdatedRoom {
  readonly room: Pick<RoomRecord, 'shard' | 'roomNid' | 'roomId' | 'roomVersion' | 'currentRoot'>;
  /** As it was described last, of which state. */
  readonly former: { readonly root: number; readonly description: RoomDescription } | undefined;
}

export const ROOM_ORDERS = [
  'name',
  'canonical_alias',
  'joined_members',
  'joined_local_members',
  'version',
  'creator',
  'encryption',
  'federatable',
  'public',
  'join_rules',
  'guest_access',
  'history_visibility',
  'state_events',
] as const;
export type RoomOrder = (typeof ROOM_ORDERS)[number];

export interface RoomListQuery {
  /** A part of the name or alias, whatever its case, or the room's id. */
  readonly search: string | undefined;
  /** Whose joined users count as local ones. */
  readonly hostedServers: readonly string[];
  /** Only rooms that this hosted server is in. */
  readonly serverName: string | undefined;
  /** Ids of rooms in the directory. */
  readonly publishedRooms: readonly string[];
  /** Only rooms in the directory, or only others. */
  readonly isPublic: boolean | undefined;
  /** Only rooms without anybody, or only others. */
  readonly isEmpty: boolean | undefined;
  readonly order: RoomOrder;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface ListedRoom extends RoomDescription {
  readonly roomId: string;
  readonly roomVersion: string;
  readonly joinedMembers: number;
  readonly joinedLocalMembers: number;
  readonly isPublic: boolean;
}

/** Descriptions of all rooms, as fresh as whoever lists them makes them. */
export interface RoomDescriptionRepository {
  listOutdated(limit: number): Promise<OutdatedRoom[]>;
  describe(room: OutdatedRoom['room'], description: RoomDescription): Promise<void>;
  listRooms(query: RoomListQuery): Promise<{ readonly rooms: ListedRoom[]; readonly total: number }>;
}
