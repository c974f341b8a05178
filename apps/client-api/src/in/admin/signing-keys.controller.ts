import { Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { importSigningKeysRequest, readBody } from '@plexus/matrix-api';
import type { SigningKeysBody } from '@plexus/matrix-api';
import type { HostedServerKey } from '@plexus/storage';
import { ImportSigningKeys } from '../../servers/import-signing-keys.ts';
import { RotateSigningKey } from '../../servers/rotate-signing-key.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** The keys that hosted servers sign with. */
@AdminController(ADMIN_V1)
export class SigningKeysController {
  readonly #access: Access;
  readonly #rotate: RotateSigningKey;
  readonly #import: ImportSigningKeys;

  constructor(access: Access, rotate: RotateSigningKey, importKeys: ImportSigningKeys) {
    this.#access = access;
    this.#rotate = rotate;
    this.#import = importKeys;
  }

  @Get('servers/:serverName/signing_keys')
  async list(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<SigningKeysBody> {
    await this.#access.requireDeploymentAdmin(request);
    return { keys: this.#rotate.list(serverName).map(bodyOfKey) };
  }

  /** The server signs with a new key from now on. */
  @Post('servers/:serverName/signing_keys/rotate')
  @HttpCode(200)
  async rotate(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<SigningKeysBody> {
    await this.#access.requireDeploymentAdmin(request);
    return { keys: (await this.#rotate.execute(serverName)).map(bodyOfKey) };
  }

  /** What the server has signed on another homeserver can be checked from now on. */
  @Post('servers/:serverName/signing_keys/import')
  @HttpCode(200)
  async import(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<SigningKeysBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { old_verify_keys: keys } = readBody(importSigningKeysRequest, request.body);
    return { keys: (await this.#import.execute(serverName, keys)).map(bodyOfKey) };
  }
}

function bodyOfKey({ keyId, publicKey, activeSince, retiredAt }: HostedServerKey): SigningKeysBody['keys'][number] {
  return {
    key_id: keyId,
    public_key: publicKey,
    ...(activeSince !== undefined && { active_since: activeSince }),
    ...(retiredAt !== undefined && { retired_at: retiredAt }),
  };
}
