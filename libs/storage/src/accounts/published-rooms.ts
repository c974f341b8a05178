import type { RoomSummary } from '../rooms/room-summary.ts';

/** A place in a directory: after, or before, a room. */
export interface DirectoryPlace {
  readonly joinedCount: number;
  readonly roomId: string;
}

export interface DirectoryQuery {
  /** By `directoryNameOf`. */
  readonly serverName: string;
  /** Each of these begins a word of the room's name, topic or alias. */
  readonly words: readonly string[];
  /** Only rooms of one of these types; null for rooms without a type. Nothing: all rooms. */
  readonly roomTypes: readonly (string | null)[] | undefined;
  /** Exclusive; nothing: from the beginning. */
  readonly from: DirectoryPlace | undefined;
  /** `backwards`: the rooms before the place, the nearest first. */
  readonly direction: 'forwards' | 'backwards';
  readonly limit: number;
}

/**
 * The name of a directory: the hosted server's, or its and that of an application service's network
 * (https://spec.matrix.org/v1.19/application-service-api/#published-room-directories).
 */
export function directoryNameOf(serverName: string, instanceId?: string): string {
  return instanceId === undefined ? serverName : `${serverName} ${instanceId}`;
}

/**
 * Which rooms a hosted server shows in its directory, those with the most members first
 * (https://spec.matrix.org/v1.19/client-server-api/#published-room-directory).
 */
export interface PublishedRoomRepository {
  /** The ids of the networks for which a server has, or had, directories. */
  listInstances(serverName: string): Promise<string[]>;
  /** Before anything is published in the network's directory. */
  addInstance(serverName: string, instanceId: string): Promise<void>;
  /** A directory goes by `directoryNameOf`. The caller has had the room's owner list the room: else nobody counts its members. */
  publishRoom(serverName: string, roomId: string): Promise<void>;
  unpublishRoom(serverName: string, roomId: string): Promise<void>;
  isPublished(serverName: string, roomId: string): Promise<boolean>;
  pagePublishedRooms(query: DirectoryQuery): Promise<RoomSummary[]>;
  /** At most `limit`. */
  countPublishedRooms(serverName: string, limit: number): Promise<number>;
}
