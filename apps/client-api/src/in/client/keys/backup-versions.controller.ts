import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { changeBackupRequest, createBackupRequest, readBody } from '@plexus/matrix-api';
import type { BackupResponse } from '@plexus/matrix-api';
import { ManageBackups } from '../../../key-backups/manage-backups.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3 } from '../../client-prefixes.ts';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/room_keys/version`))
export class BackupVersionsController {
  readonly #access: Access;
  readonly #manageBackups: ManageBackups;

  constructor(access: Access, manageBackups: ManageBackups) {
    this.#access = access;
    this.#manageBackups = manageBackups;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3room_keysversion */
  @Post()
  @HttpCode(200)
  async create(@Req() request: FastifyRequest, @Body() body: unknown): Promise<{ version: string }> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    return { version: await this.#manageBackups.create(userId, readBody(createBackupRequest, body)) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keysversion */
  @Get()
  async current(@Req() request: FastifyRequest): Promise<BackupResponse> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    return this.#manageBackups.find(userId);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keysversionversion */
  @Get(':version')
  async find(@Req() request: FastifyRequest, @Param('version') version: string): Promise<BackupResponse> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    return this.#manageBackups.find(userId, version);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keysversionversion */
  @Put(':version')
  async change(
    @Req() request: FastifyRequest,
    @Param('version') version: string,
    @Body() body: unknown,
  ): Promise<object> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    await this.#manageBackups.change(userId, version, readBody(changeBackupRequest, body));
    return {};
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keysversionversion */
  @Delete(':version')
  async remove(@Req() request: FastifyRequest, @Param('version') version: string): Promise<object> {
    const { userId } = await this.#access.requireUser(request, 'room-keys');
    await this.#manageBackups.remove(userId, version);
    return {};
  }
}
