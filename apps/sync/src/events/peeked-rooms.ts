import { MatrixError } from '@plexus/matrix-base';
import { historyVisibilityOf } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import type { RoomLog, RoomWatcher } from '../log/room-log.ts';
import type { RoomTail } from '../log/room-tail.ts';
import type { Membership } from '../sessions/user-session.ts';

/** A room into which somebody looks without being in it. */
export interface PeekedRoom {
  readonly membership: Membership;
  /** To be called when nobody waits for the room any more. */
  release(): void;
}

/** Opens rooms whose history anybody may read (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events). */
export class PeekedRooms {
  readonly #tail: RoomTail;
  readonly #reader: Pick<RoomReader, 'findRoom' | 'findEvents'>;
  readonly #states: StateReader;

  constructor(tail: RoomTail, reader: Pick<RoomReader, 'findRoom' | 'findEvents'>, states: StateReader) {
    this.#tail = tail;
    this.#reader = reader;
    this.#states = states;
  }

  /** Throws 403 for a room that does not exist, or that is not for everybody to read. */
  async open(roomId: string, changed: () => void): Promise<PeekedRoom> {
    const record = await this.#reader.findRoom(roomId);
    if (record === undefined || !(await this.#isWorldReadable(record)))
      throw new MatrixError(
        'M_FORBIDDEN',
        403,
        'You are not in the room, and its history is not for everybody to read',
      );
    const room = this.#tail.openRoom(record);
    const release = this.#watch(room, { roomChanged: changed, presenceChanged: () => undefined });
    return {
      membership: {
        room,
        membership: 'leave',
        position: 0,
        eventId: undefined,
        strippedState: undefined,
        isWithoutRoom: false,
      },
      release,
    };
  }

  #watch(room: RoomLog, watcher: RoomWatcher): () => void {
    room.holders += 1;
    room.watchers.add(watcher);
    return () => {
      room.holders -= 1;
      room.watchers.delete(watcher);
      this.#tail.releaseRoom(room);
    };
  }

  async #isWorldReadable(room: RoomRecord): Promise<boolean> {
    const key = { type: 'm.room.history_visibility', stateKey: '' };
    const [nid] = (await this.#states.lookup(room, room.currentRoot, [key])) ?? [];
    const stored = nid === undefined ? undefined : (await this.#reader.findEvents(room.shard, [nid])).get(nid);
    const event = stored && readEvent(stored, room.roomVersion);
    return historyVisibilityOf(event) === 'world_readable';
  }
}
