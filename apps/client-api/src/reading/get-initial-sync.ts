import type { JsonValue } from '@plexus/matrix-base';
import { parseJson } from '@plexus/matrix-base';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import { placeAfter } from '@plexus/room-view';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataReader, RoomAdminRepository, UserRoomReader } from '@plexus/storage';
import type { ReadTimeline } from './read-timeline.ts';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';
import { firstPlace } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface RoomSnapshot {
  readonly room_id: string;
  readonly membership?: string;
  readonly messages: { readonly start?: string; readonly end: string; readonly chunk: ClientEvent[] };
  readonly state: ClientEvent[];
  readonly visibility: 'public' | 'private';
  readonly account_data: { readonly type: string; readonly content: JsonValue }[];
}

export interface InitialSyncPorts {
  readonly timeline: ReadTimeline;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly accountData: Pick<AccountDataReader, 'listRoomAccountData'>;
  readonly directory: Pick<RoomAdminRepository, 'isPublished'>;
}

const MAX_LIMIT = 100;

/**
 * Reads a room as it is, with its latest messages: for looking into rooms that one is not in
 * (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidinitialsync).
 */
export class GetInitialSync {
  readonly #access: ReadRoomAccess;
  readonly #ports: InitialSyncPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, ports: InitialSyncPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  async execute(requester: Requester, roomId: string, limit: number): Promise<RoomSnapshot> {
    const { userId } = requester;
    const access = await this.#access.execute(userId, roomId);
    const [messages, state, userRoom, accountData, isPublished] = await Promise.all([
      this.#readMessages(requester, access, Math.min(limit, MAX_LIMIT)),
      this.#ports.states.list(access.room, access.root, 'all'),
      this.#ports.userRooms.findUserRoom(userId, roomId),
      this.#ports.accountData.listRoomAccountData(userId, roomId),
      this.#ports.directory.isPublished(roomId, requester.serverName),
    ]);
    const membership = access.kind === 'joined' ? 'join' : userRoom?.membership;
    return {
      room_id: roomId,
      ...(membership !== undefined && { membership }),
      messages,
      state: state.map((event) => toClientEvent(event)),
      visibility: isPublished ? 'public' : 'private',
      account_data: accountData.map(({ type, content }) => ({ type, content: parsed(content) })),
    };
  }

  /** In the order in which they were said. */
  async #readMessages(requester: Requester, access: RoomAccess, limit: number): Promise<RoomSnapshot['messages']> {
    const { timeline, places } = this.#ports;
    const range = { direction: 'backwards', from: firstPlace('backwards') } as const;
    const { events, next } = await timeline.execute(access, range, { filter: {}, limit });
    const chunk = await this.#showEvents.format(requester, access, events.toReversed());
    const [last] = events;
    return {
      ...(next !== undefined && { start: await places.encode(next) }),
      end: await places.encode(last === undefined ? range.from : placeAfter(last.stored)),
      chunk,
    };
  }
}

function parsed(content: string): JsonValue {
  const value = parseJson(content);
  return value.outcome === 'ok' ? value.value : {};
}
