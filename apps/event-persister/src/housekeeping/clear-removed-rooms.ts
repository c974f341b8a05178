import type {
  RemoteMemberProjection,
  RemovedRoom,
  RoomHousekeeping,
  RoomSummaryProjection,
  UserRoomProjection,
} from '@plexus/storage';
import type { OwnedShards } from '../shards/owned-shards.ts';

export interface ClearRemovedPorts {
  readonly housekeeping: Pick<RoomHousekeeping, 'listRemovedRooms' | 'removeRemains' | 'setRemoved'>;
  readonly projection: Pick<UserRoomProjection, 'removeRoom'>;
  readonly summaries: Pick<RoomSummaryProjection, 'removeSummary'>;
  readonly remoteMembers: Pick<RemoteMemberProjection, 'removeRoom'>;
  readonly shards: OwnedShards;
  /** Awaited after each piece of work. */
  pause(): Promise<void>;
}

const ROOMS_AT_ONCE = 100;
const ROWS_AT_ONCE = 500;

/**
 * Clears away what rooms that are gone have left behind, in the shards that are owned now. Returns how many rooms are done. A crash at any
 * point leaves a room to be gone on with, here or by the shard's next owner.
 */
export async function clearRemovedRooms(ports: ClearRemovedPorts): Promise<number> {
  let done = 0;
  for (const room of await ports.housekeeping.listRemovedRooms(ROOMS_AT_ONCE)) {
    if (await clearRoom(room, ports)) done += 1;
  }
  return done;
}

async function clearRoom(
  room: RemovedRoom,
  { housekeeping, projection, summaries, remoteMembers, shards, pause }: ClearRemovedPorts,
): Promise<boolean> {
  for (;;) {
    const owned = shards.find(room.shard);
    if (owned === undefined) return false;
    const count = await housekeeping.removeRemains(owned, room, ROWS_AT_ONCE);
    if (count === undefined) return false;
    if (count === 0) break;
    await pause();
  }
  if (!room.isImport) {
    while ((await projection.removeRoom(room.roomId, ROWS_AT_ONCE)) > 0) await pause();
    await summaries.removeSummary(room.roomId);
    while ((await remoteMembers.removeRoom(room, ROWS_AT_ONCE)) > 0) await pause();
  }
  const owned = shards.find(room.shard);
  return owned !== undefined && housekeeping.setRemoved(owned, room);
}
