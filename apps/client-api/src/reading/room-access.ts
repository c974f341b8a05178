import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type {
  ForgottenRoomReader,
  RoomReader,
  RoomRecord,
  StoredEvent,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';
import { requireRoomId } from '../rooms/check-identifiers.ts';

/** What a user may read of a room. */
export interface RoomAccess {
  readonly room: RoomRecord;
  readonly userId: string;
  /** `joined`: up to now. `left`: up to when they left. `peeking`: what anybody may read. `administering`: everything. */
  readonly kind: 'joined' | 'left' | 'peeking' | 'administering';
  /** The state that they may read. */
  readonly root: number;
  /** The event that ended their membership, where they left. */
  readonly departure: StoredEvent | undefined;
}

/** Decides what somebody may read of a room. */
export interface RoomAccessReader {
  execute(userId: string, roomId: string): Promise<RoomAccess>;
}

export interface RoomAccessPorts {
  readonly rooms: RoomReader;
  readonly userRooms: UserRoomReader;
  readonly forgotten: ForgottenRoomReader;
  readonly states: StateReader;
  readonly clock: Pick<Clock, 'delay'>;
}

/** A membership without a departure in between is at most this many events away: invites and bans after leaving. */
const MAX_STEPS_BACK = 10;

/** So long somebody waits for the members of a room that was joined with members omitted. */
const LONGEST_WAIT_MS = 30_000;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** The longer it takes, the less often it is looked for: an answer comes later by a twentieth. */
const PAUSE_SHARE = 20;

/**
 * Decides what of a room a user may read: a member the current state, a former member the state as it was when they left, anybody else only a room
 * whose history is world-readable (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate).
 */
export class ReadRoomAccess implements RoomAccessReader {
  readonly #ports: RoomAccessPorts;

  constructor(ports: RoomAccessPorts) {
    this.#ports = ports;
  }

  /** Throws `M_INVALID_PARAM` for what is no room id, else 403 `M_FORBIDDEN`: also where there is no such room, to tell nobody. */
  async execute(userId: string, roomId: string): Promise<RoomAccess> {
    requireRoomId(roomId);
    const { rooms, userRooms } = this.#ports;
    const [room, membership] = await Promise.all([rooms.findRoom(roomId), userRooms.findUserRoom(userId, roomId)]);
    if (room === undefined) throw notInRoom(userId, roomId);
    const current = { room, userId, root: room.currentRoot, departure: undefined };
    if (membership?.membership === 'join' || (await this.#isJoined(room, userId)))
      return { ...current, kind: 'joined' };
    if (await this.#isWorldReadable(room)) return { ...current, kind: 'peeking' };
    const departure = membership && (await this.#findDeparture(room, membership));
    if (departure === undefined) throw notInRoom(userId, roomId);
    return { room, userId, kind: 'left', root: departure.stateAfter ?? 0, departure };
  }

  /**
   * Of a room that was joined with members omitted, waits until they are known: who took the list as it is would never learn of the others, and
   * encrypt for some of them only. Throws as `execute`, and 503 where they do not come.
   */
  async executeWhole(userId: string, roomId: string): Promise<RoomAccess> {
    const access = await this.execute(userId, roomId);
    if (access.room.partialJoin === undefined) return access;
    await this.#membersKnown(roomId);
    return this.execute(userId, roomId);
  }

  async #membersKnown(roomId: string): Promise<void> {
    const { rooms, clock } = this.#ports;
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS;) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, waitedMs / PAUSE_SHARE));
      await clock.delay(pauseMs);
      waitedMs += pauseMs;
      if ((await rooms.findRoom(roomId))?.partialJoin === undefined) return;
    }
    throw new MatrixError('M_UNKNOWN', 503, 'The members of the room are still being fetched from other servers');
  }

  /** @NOTE A user hears of a join from `/sync`, or by an answer from another process, before the list of their rooms has it. */
  async #isJoined(room: RoomRecord, userId: string): Promise<boolean> {
    const event = await this.#findState(room, room.currentRoot, { type: 'm.room.member', stateKey: userId });
    return event !== undefined && readEvent(event, room.roomVersion).content['membership'] === 'join';
  }

  async #isWorldReadable(room: RoomRecord): Promise<boolean> {
    const key = { type: 'm.room.history_visibility', stateKey: '' };
    const event = await this.#findState(room, room.currentRoot, key);
    return event !== undefined && readEvent(event, room.roomVersion).content['history_visibility'] === 'world_readable';
  }

  /** Goes back over the user's memberships to the one that ended a join. */
  async #findDeparture(room: RoomRecord, membership: UserRoom): Promise<StoredEvent | undefined> {
    const forgotten = await this.#ports.forgotten.findForgottenRoom(membership.userId, room.roomId);
    if (forgotten !== undefined && membership.position <= forgotten) return undefined;
    let event = await this.#findById(room, membership.eventId);
    for (let step = 0; event !== undefined && step < MAX_STEPS_BACK; step += 1) {
      const key = { type: 'm.room.member', stateKey: membership.userId };
      const before: StoredEvent | undefined = await this.#findState(room, event.stateBefore ?? 0, key);
      if (before === undefined) return undefined;
      if (readEvent(before, room.roomVersion).content['membership'] === 'join') return event;
      event = before;
    }
    return undefined;
  }

  async #findById(room: RoomRecord, eventId: string): Promise<StoredEvent | undefined> {
    const found = await this.#ports.rooms.findEventsById(room.shard, room.roomNid, [eventId]);
    return found.get(eventId);
  }

  async #findState(
    room: RoomRecord,
    root: number,
    key: { readonly type: string; readonly stateKey: string },
  ): Promise<StoredEvent | undefined> {
    const [nid] = (await this.#ports.states.lookup(room, root, [key])) ?? [];
    if (nid === undefined) return undefined;
    return (await this.#ports.rooms.findEvents(room.shard, [nid])).get(nid);
  }
}

function notInRoom(userId: string, roomId: string): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, `User ${userId} not in room ${roomId}`);
}
