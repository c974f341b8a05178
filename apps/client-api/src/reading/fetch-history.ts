import { serverNameOf } from '@plexus/matrix-base';
import type { RemoteRooms } from '@plexus/remote-servers';
import type { BackwardExtremityReader, TimelinePlace } from '@plexus/storage';
import type { RoomAccess } from './room-access.ts';

export interface FetchHistoryPorts {
  readonly remoteRooms: Pick<RemoteRooms, 'backfill'>;
  readonly extremities: BackwardExtremityReader;
}

/** What of a room was read, from the newest place back to the oldest. */
export interface ReadRange {
  readonly from: TimelinePlace;
  /** Nothing: back to where the stored history begins. */
  readonly downTo: TimelinePlace | undefined;
}

/** So many events are asked for at once, whatever the page's size: the next pages find them here. */
const MOST_EVENTS = 100;

/** Has history fetched from other servers where a reader comes to the end of what is here, or to a hole in it. */
export class FetchHistory {
  readonly #ports: FetchHistoryPorts;

  constructor(ports: FetchHistoryPorts) {
    this.#ports = ports;
  }

  /** Whether there is more now than was read. Only for who is in the room: others see what there was in their time. */
  async execute({ room, kind, userId }: RoomAccess, { from, downTo }: ReadRange): Promise<boolean> {
    if (kind !== 'joined') return false;
    const { shard, roomNid, roomId } = room;
    const upTo = from.topologicalPosition;
    const [end] = await this.#ports.extremities.listBackwardExtremities({ shard, roomNid, upTo, limit: 1 });
    const isReached = end !== undefined && end.topologicalPosition >= (downTo?.topologicalPosition ?? 0);
    if (!isReached) return false;
    const query = { roomId, origin: serverNameOf(userId), upTo: end.topologicalPosition, limit: MOST_EVENTS };
    return (await this.#ports.remoteRooms.backfill(query)) > 0;
  }
}
