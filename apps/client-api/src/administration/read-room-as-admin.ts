import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { EventAt, StateReader } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader } from '@plexus/storage';
import { FindEventAt } from '../reading/find-event-at.ts';
import type { EventAtRequest } from '../reading/find-event-at.ts';
import { GetContext } from '../reading/get-context.ts';
import type { ContextRequest, ContextResponse, GetContextPorts } from '../reading/get-context.ts';
import { ListMessages } from '../reading/list-messages.ts';
import type { ListMessagesPorts, MessagesRequest, MessagesResponse } from '../reading/list-messages.ts';
import type { RoomAccess } from '../reading/room-access.ts';
import type { ShowEvents } from '../reading/show-events.ts';
import type { AdminRoomAccess } from './admin-room-access.ts';

export interface ReadAsAdminPorts extends Omit<ListMessagesPorts, 'history'>, GetContextPorts {
  readonly rooms: RoomReader;
  readonly stateReader: StateReader;
  readonly showEvents: ShowEvents;
}

/** An administrator reads what is here. */
const FETCH_NOTHING = { execute: async () => false };

/** Reads a room as its users do, with an administrator's eyes. */
export class ReadRoomAsAdmin {
  readonly #access: AdminRoomAccess;
  readonly #ports: ReadAsAdminPorts;

  constructor(access: AdminRoomAccess, ports: ReadAsAdminPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  messages(requester: Requester, request: MessagesRequest): Promise<MessagesResponse> {
    const ports = { ...this.#ports, history: undefined };
    return new ListMessages(this.#as(requester), ports, this.#ports.showEvents).execute(requester, request);
  }

  context(requester: Requester, request: ContextRequest): Promise<ContextResponse> {
    return new GetContext(this.#as(requester), this.#ports, this.#ports.showEvents).execute(requester, request);
  }

  eventAt(requester: Requester, request: EventAtRequest): Promise<EventAt> {
    const { rooms, showEvents } = this.#ports;
    const find = new FindEventAt({ access: this.#as(requester), rooms, showEvents, fetch: FETCH_NOTHING });
    return find.execute(requester.userId, request);
  }

  /** The current state; of one type where one is named. */
  async state(requester: Requester, roomId: string, type: string | undefined): Promise<ClientEvent[]> {
    const { room, root } = await this.#access.read(requester, roomId);
    const events = await this.#ports.states.list(room, root, 'all');
    return events.filter((event) => type === undefined || event.type === type).map((event) => toClientEvent(event));
  }

  /** Ids of all who are joined, whichever server they are of. */
  async members(requester: Requester, roomId: string): Promise<string[]> {
    const { room, root } = await this.#access.read(requester, roomId);
    const events = await this.#ports.states.list(room, root, 'members');
    const joined = events.filter(({ content }) => content['membership'] === 'join');
    return joined.flatMap(({ stateKey }) => stateKey ?? []);
  }

  #as(requester: Requester): { execute(userId: string, roomId: string): Promise<RoomAccess> } {
    return { execute: (_userId, roomId) => this.#access.read(requester, roomId) };
  }
}
