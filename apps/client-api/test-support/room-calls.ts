import { equal } from 'node:assert/strict';
import { createRoomResponse } from '@plexus/matrix-api';
import { startClientApi } from './client-api-server.ts';
import type { Answer, ClientApiServer } from './client-api-server.ts';

const V3 = '/_matrix/client/v3';

/** What Alice and Bob ask of the endpoints about rooms. */
export class RoomCalls {
  readonly server: ClientApiServer;
  /** Their access tokens. */
  readonly alice: string;
  readonly bob: string;

  private constructor(server: ClientApiServer, tokens: { readonly alice: string; readonly bob: string }) {
    this.server = server;
    this.alice = tokens.alice;
    this.bob = tokens.bob;
  }

  static async started(): Promise<RoomCalls> {
    const server = await startClientApi();
    return new RoomCalls(server, { alice: await server.register('alice'), bob: await server.register('bob') });
  }

  /** A room of Alice's. */
  async createRoom(body: unknown): Promise<string> {
    const answer = await this.call('POST', '/createRoom', this.alice, body);
    equal(answer.status, 200);
    equal(createRoomResponse.check(answer.body).outcome, 'ok');
    return String(answer.body['room_id']);
  }

  call(method: string, path: string, token: string, body?: unknown): Promise<Answer> {
    return this.server.call(method, `${V3}${path}`, { token, body });
  }

  /** Returns the event id. */
  async send(roomId: string, token: string, message: { body: string; transactionId?: string }): Promise<string> {
    const { body, transactionId = `t${Math.random()}` } = message;
    const path = pathIn(roomId, `/send/m.room.message/${transactionId}`);
    const answer = await this.call('PUT', path, token, { msgtype: 'm.text', body });
    equal(answer.status, 200);
    return String(answer.body['event_id']);
  }
}

export function pathIn(roomId: string, path: string): string {
  return `/rooms/${encodeURIComponent(roomId)}${path}`;
}

export function errorOf({ status, body }: Answer): [number, unknown] {
  return [status, body['errcode']];
}

export function chunkOf(answer: Answer): { [key: string]: unknown }[] {
  return answer.body['chunk'] as { [key: string]: unknown }[];
}
