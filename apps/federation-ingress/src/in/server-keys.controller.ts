import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { queryServerKeysQuery, queryServerKeysRequest, readBody, readQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { PublishServerKeys } from '../keys/publish-server-keys.ts';
import { QueryServerKeys } from '../keys/query-server-keys.ts';
import type { AskedServer } from '../keys/query-server-keys.ts';

/** Keys are for everybody: nobody signs. */
@Controller('_matrix/key/v2')
export class ServerKeysController {
  readonly #publish: PublishServerKeys;
  readonly #query: QueryServerKeys;

  constructor(publish: PublishServerKeys, query: QueryServerKeys) {
    this.#publish = publish;
    this.#query = query;
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2server */
  @Get('server')
  own(@Req() { headers }: FastifyRequest): JsonObject {
    const document = this.#publish.execute(this.#publish.requireServerAt(headers.host));
    if (document !== undefined) return document;
    throw new MatrixError('M_NOT_FOUND', 404, 'The server has no key');
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#get_matrixkeyv2queryservername */
  @Get('query/:serverName')
  one(
    @Req() request: FastifyRequest,
    @Param('serverName') serverName: string,
    @Query() query: unknown,
  ): Promise<JsonObject> {
    const { minimum_valid_until_ts: until } = readQuery(queryServerKeysQuery, query);
    return this.#answer(request, [
      { serverName, keyIds: [], ...(until !== undefined && { minimumValidUntil: until }) },
    ]);
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#post_matrixkeyv2query */
  @Post('query')
  @HttpCode(200)
  many(@Req() request: FastifyRequest): Promise<JsonObject> {
    const { server_keys: wanted } = readBody(queryServerKeysRequest, request.body);
    return this.#answer(
      request,
      Object.entries(wanted).map(([serverName, keys]) => askedServer(serverName, keys)),
    );
  }

  async #answer({ headers }: FastifyRequest, asked: readonly AskedServer[]): Promise<JsonObject> {
    return { server_keys: await this.#query.execute(this.#publish.requireServerAt(headers.host), asked) };
  }
}

type WantedKeys = Readonly<Record<string, { readonly minimum_valid_until_ts?: number }>>;

/** What is published comes as a whole, so the latest of the wanted moments counts. */
function askedServer(serverName: string, keys: WantedKeys): AskedServer {
  const moments = Object.values(keys).flatMap(({ minimum_valid_until_ts: until }) => until ?? []);
  return {
    serverName,
    keyIds: Object.keys(keys),
    ...(moments.length > 0 && { minimumValidUntil: Math.max(...moments) }),
  };
}
