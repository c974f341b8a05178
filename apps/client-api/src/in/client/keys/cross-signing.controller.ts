import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody, uploadSignaturesRequest, uploadSigningKeysRequest } from '@plexus/matrix-api';
import { UploadSignatures } from '../../../keys/upload-signatures.ts';
import type { SignatureFailures } from '../../../keys/upload-signatures.ts';
import { UploadSigningKeys } from '../../../keys/upload-signing-keys.ts';
import { Access } from '../../access.ts';
import { answerAuth } from '../../answer-auth.ts';
import { CLIENT_V3 } from '../../client-prefixes.ts';

@Controller(CLIENT_V3.map((prefix) => `${prefix}/keys`))
export class CrossSigningController {
  readonly #access: Access;
  readonly #uploadSigningKeys: UploadSigningKeys;
  readonly #uploadSignatures: UploadSignatures;

  constructor(access: Access, uploadSigningKeys: UploadSigningKeys, uploadSignatures: UploadSignatures) {
    this.#access = access;
    this.#uploadSigningKeys = uploadSigningKeys;
    this.#uploadSignatures = uploadSignatures;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload */
  @Post('device_signing/upload')
  @HttpCode(200)
  async uploadKeys(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const requester = await this.#access.requireUser(request, 'keys');
    const body = readBody(uploadSigningKeysRequest, request.body);
    const { clientAddress } = request;
    const uploaded = await this.#uploadSigningKeys.execute({ requester, body, clientAddress });
    return answerAuth(reply, uploaded, () => ({}));
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload */
  @Post('signatures/upload')
  @HttpCode(200)
  async uploadSignatures(@Req() request: FastifyRequest): Promise<{ failures: SignatureFailures }> {
    const requester = await this.#access.requireUser(request, 'keys');
    return {
      failures: await this.#uploadSignatures.execute(requester, readBody(uploadSignaturesRequest, request.body)),
    };
  }
}
