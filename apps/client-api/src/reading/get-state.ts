import { MatrixError } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent, RoomEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';

export interface StateEventQuery {
  readonly roomId: string;
  readonly type: string;
  readonly stateKey: string;
  readonly format: 'content' | 'event';
}

/** Reads room state (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate). */
export class GetState {
  readonly #access: ReadRoomAccess;
  readonly #states: RoomState;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(access: ReadRoomAccess, states: RoomState, clock: Pick<Clock, 'now'>) {
    this.#access = access;
    this.#states = states;
    this.#clock = clock;
  }

  async all({ userId }: Requester, roomId: string): Promise<ClientEvent[]> {
    const { room, root } = await this.#access.executeWhole(userId, roomId);
    const events = await this.#states.list(room, root, 'all');
    return events.map((event) => this.#clientEventOf(event));
  }

  /** The content, or the whole event. Throws 404 where the state has no such entry. */
  async one({ userId }: Requester, query: StateEventQuery): Promise<JsonObject | ClientEvent> {
    const { type, stateKey, roomId, format } = query;
    const access = await this.#access.execute(userId, roomId);
    const isOmitted = access.room.partialJoin !== undefined && type === 'm.room.member';
    const event =
      (await this.#find(access, { type, stateKey })) ??
      (isOmitted ? await this.#find(await this.#access.executeWhole(userId, roomId), { type, stateKey }) : undefined);
    if (event === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'The room has no such state');
    return format === 'event' ? this.#clientEventOf(event) : event.content;
  }

  #find({ room, root }: RoomAccess, key: Pick<StateEventQuery, 'type' | 'stateKey'>): Promise<RoomEvent | undefined> {
    return this.#states.find(room, root, key);
  }

  #clientEventOf(event: RoomEvent): ClientEvent {
    return toClientEvent(event, { age: this.#clock.now() - event.originServerTs });
  }
}
