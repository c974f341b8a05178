import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { claimKeysRequest, queryKeysRequest, readBody, uploadKeysRequest } from '@plexus/matrix-api';
import type { UploadKeysResponse } from '@plexus/matrix-api';
import { ClaimKeys } from '../../../keys/claim-keys.ts';
import type { KeysToUse } from '../../../keys/claim-keys.ts';
import { QueryKeys } from '../../../keys/query-keys.ts';
import type { QueriedKeys } from '../../../keys/query-keys.ts';
import { UploadKeys } from '../../../keys/upload-keys.ts';
import { Access } from '../../access.ts';
import { CLIENT_V3 } from '../../client-prefixes.ts';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/keys`))
export class KeysController {
  readonly #access: Access;
  readonly #uploadKeys: UploadKeys;
  readonly #queryKeys: QueryKeys;
  readonly #claimKeys: ClaimKeys;

  constructor(access: Access, uploadKeys: UploadKeys, queryKeys: QueryKeys, claimKeys: ClaimKeys) {
    this.#access = access;
    this.#uploadKeys = uploadKeys;
    this.#queryKeys = queryKeys;
    this.#claimKeys = claimKeys;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload */
  @Post('upload')
  @HttpCode(200)
  async upload(@Req() request: FastifyRequest): Promise<UploadKeysResponse> {
    const requester = await this.#access.requireUserOrGuest(request, 'keys');
    const body = readBody(uploadKeysRequest, request.body);
    return { one_time_key_counts: await this.#uploadKeys.execute(requester, body) };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
  @Post('query')
  @HttpCode(200)
  async query(@Req() request: FastifyRequest): Promise<QueriedKeys> {
    const requester = await this.#access.requireUserOrGuest(request, 'keys');
    return this.#queryKeys.execute(requester, readBody(queryKeysRequest, request.body));
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim */
  @Post('claim')
  @HttpCode(200)
  async claim(@Req() request: FastifyRequest): Promise<KeysToUse> {
    const requester = await this.#access.requireUserOrGuest(request, 'keys');
    return this.#claimKeys.execute(requester, readBody(claimKeysRequest, request.body));
  }
}
