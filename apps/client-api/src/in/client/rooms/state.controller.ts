import { Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, stateEventQuery } from '@plexus/matrix-api';
import type { EventIdResponse } from '@plexus/matrix-api';
import type { ClientEvent } from '@plexus/room-dag';
import { GetState } from '../../../reading/get-state.ts';
import { SendState } from '../../../rooms/send-state.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3_ROOM } from '../../client-prefixes.ts';
import { readMassagedTimestamp } from '../../massaged-timestamp.ts';
import { sentContentOf } from '../../sent-content.ts';

interface StatePath {
  readonly roomId: string;
  readonly type: string;
  readonly stateKey?: string;
}

/** An empty state key may be left out, its slash too. */
const STATE_EVENT = ['state/:type', 'state/:type/:stateKey'];

@Controller(CLIENT_V3_ROOM)
export class StateController {
  readonly #access: Access;
  readonly #getState: GetState;
  readonly #sendState: SendState;

  constructor(access: Access, getState: GetState, sendState: SendState) {
    this.#access = access;
    this.#getState = getState;
    this.#sendState = sendState;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstate */
  @Get('state')
  async all(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<ClientEvent[]> {
    return this.#getState.all(await this.#access.requireUserOrGuest(request), roomId);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey */
  @Get(STATE_EVENT)
  async one(@Req() request: FastifyRequest, @Param() path: StatePath, @Query() query: unknown): Promise<object> {
    const requester = await this.#access.requireUserOrGuest(request);
    const { format = 'content' } = readQuery(stateEventQuery, query);
    const { roomId, type, stateKey = '' } = path;
    return this.#getState.one(requester, { roomId, type, stateKey, format });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey */
  @Put(STATE_EVENT)
  async send(@Req() request: FastifyRequest, @Param() path: StatePath): Promise<EventIdResponse> {
    const requester = await this.#access.requireActiveUserOrGuest(request);
    const { roomId, type, stateKey = '' } = path;
    const originServerTs = readMassagedTimestamp(request, requester);
    const state = { roomId, type, stateKey, content: sentContentOf(request), originServerTs };
    return { event_id: await this.#sendState.execute(requester, state) };
  }
}
