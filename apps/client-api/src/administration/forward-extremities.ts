import type { ForwardExtremitiesBody } from '@plexus/matrix-api';
import { readEvent } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { RoomHistoryReader, RoomReader } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { executeCommand } from '../rooms/room-commands.ts';
import type { AdminRoomAccess } from './admin-room-access.ts';

export interface ForwardExtremitiesPorts {
  readonly rooms: Pick<RoomReader, 'findEvents' | 'findRoom'>;
  readonly history: Pick<RoomHistoryReader, 'findStoredTimes'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
}

/** The leaves of a room's event graph, of which a room with troubles has many. */
export class ForwardExtremities {
  readonly #access: AdminRoomAccess;
  readonly #ports: ForwardExtremitiesPorts;

  constructor(access: AdminRoomAccess, ports: ForwardExtremitiesPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  async list(requester: Requester, roomId: string): Promise<ForwardExtremitiesBody> {
    const { room } = await this.#access.find(requester, roomId);
    const { rooms, history } = this.#ports;
    const events = [...(await rooms.findEvents(room.shard, room.forwardExtremities)).values()];
    const positions = events.flatMap(({ streamPosition }) => streamPosition ?? []);
    const times = await history.findStoredTimes(room.shard, positions);
    const results = events.map((stored) => {
      const { depth, originServerTs } = readEvent(stored, room.roomVersion);
      const receivedTs = times.get(stored.streamPosition ?? -1) ?? originServerTs;
      return { event_id: stored.eventId, state_group: stored.stateAfter ?? 0, depth, received_ts: receivedTs };
    });
    return { count: results.length, results };
  }

  /** Leaves the room the newest one; returns how many went. */
  async drop(requester: Requester, roomId: string): Promise<number> {
    const { room } = await this.#access.findOwned(requester, roomId);
    await executeCommand(this.#ports.writer, {
      commandId: newRandomId(this.#ports.random),
      roomId,
      command: { $case: 'dropExtremities', value: {} },
    });
    const after = await this.#ports.rooms.findRoom(roomId);
    return room.forwardExtremities.length - (after?.forwardExtremities.length ?? 0);
  }
}
