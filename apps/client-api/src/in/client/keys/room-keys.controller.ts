import { Controller, Delete, Get, Header, Param, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { backedUpKey, backedUpRoom, backedUpRooms, backupVersionQuery, readBody, readQuery } from '@plexus/matrix-api';
import type { BackupStateResponse } from '@plexus/matrix-api';
import { ReadRoomKeys } from '../../../key-backups/read-room-keys.ts';
import { RemoveRoomKeys } from '../../../key-backups/remove-room-keys.ts';
import { StoreRoomKeys } from '../../../key-backups/store-room-keys.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3 } from '../../client-prefixes.ts';

interface SessionPath {
  readonly roomId: string;
  readonly sessionId: string;
}

@Controller(CLIENT_V3.map((prefix) => `${prefix}/room_keys/keys`))
export class RoomKeysController {
  readonly #access: Access;
  readonly #store: StoreRoomKeys;
  readonly #read: ReadRoomKeys;
  readonly #remove: RemoveRoomKeys;

  constructor(access: Access, store: StoreRoomKeys, read: ReadRoomKeys, remove: RemoveRoomKeys) {
    this.#access = access;
    this.#store = store;
    this.#read = read;
    this.#remove = remove;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys */
  @Put()
  async storeAll(@Req() request: FastifyRequest, @Query() query: unknown): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    return this.#store.execute(userId, version, readBody(backedUpRooms, request.body));
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeysroomid */
  @Put(':roomId')
  async storeRoom(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param('roomId') roomId: string,
  ): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    const room = readBody(backedUpRoom, request.body);
    return this.#store.execute(userId, version, { rooms: { [roomId]: room } });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeysroomidsessionid */
  @Put(':roomId/:sessionId')
  async storeSession(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param() { roomId, sessionId }: SessionPath,
  ): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    const key = readBody(backedUpKey, request.body);
    return this.#store.execute(userId, version, { rooms: { [roomId]: { sessions: { [sessionId]: key } } } });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys */
  @Get()
  @Header('Content-Type', 'application/json')
  async readAll(@Req() request: FastifyRequest, @Query() query: unknown): Promise<string> {
    const { userId, version } = await this.#ask(request, query);
    return this.#read.all(userId, version);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeysroomid */
  @Get(':roomId')
  @Header('Content-Type', 'application/json')
  async readRoom(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param('roomId') roomId: string,
  ): Promise<string> {
    const { userId, version } = await this.#ask(request, query);
    return this.#read.ofRoom(userId, version, roomId);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeysroomidsessionid */
  @Get(':roomId/:sessionId')
  @Header('Content-Type', 'application/json')
  async readSession(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param() path: SessionPath,
  ): Promise<string> {
    const { userId, version } = await this.#ask(request, query);
    return this.#read.ofSession(userId, version, path);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeys */
  @Delete()
  async removeAll(@Req() request: FastifyRequest, @Query() query: unknown): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    return this.#remove.execute(userId, version, {});
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeysroomid */
  @Delete(':roomId')
  async removeRoom(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param('roomId') roomId: string,
  ): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    return this.#remove.execute(userId, version, { roomId: roomId });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeysroomidsessionid */
  @Delete(':roomId/:sessionId')
  async removeSession(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Param() path: SessionPath,
  ): Promise<BackupStateResponse> {
    const { userId, version } = await this.#ask(request, query);
    return this.#remove.execute(userId, version, path);
  }

  async #ask(request: FastifyRequest, query: unknown): Promise<{ userId: string; version: string }> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    return { userId, version: readQuery(backupVersionQuery, query).version };
  }
}
