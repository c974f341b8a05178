import { Controller, Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { addAliasRequest, readBody } from '@plexus/matrix-api';
import { AddAlias } from '../../directory/add-alias.ts';
import { ListAliases } from '../../directory/list-aliases.ts';
import { RemoveAlias } from '../../directory/remove-alias.ts';
import { ResolveAlias } from '../../directory/resolve-alias.ts';
import type { AliasAsker } from '../../directory/resolve-alias.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { Visitors } from '../visitors.ts';

const ALIAS = 'directory/room/:roomAlias';

/** https://spec.matrix.org/v1.19/client-server-api/#room-aliases */
@Controller(CLIENT_V3)
export class AliasesController {
  readonly #access: Access;
  readonly #visitors: Visitors;
  readonly #requestedServer: RequestedServer;
  readonly #resolveAlias: ResolveAlias;
  readonly #listAliases: ListAliases;
  readonly #changes: { readonly add: AddAlias; readonly remove: RemoveAlias };

  constructor(
    access: Access,
    visitors: Visitors,
    requestedServer: RequestedServer,
    resolveAlias: ResolveAlias,
    listAliases: ListAliases,
    add: AddAlias,
    remove: RemoveAlias,
  ) {
    this.#access = access;
    this.#visitors = visitors;
    this.#requestedServer = requestedServer;
    this.#resolveAlias = resolveAlias;
    this.#listAliases = listAliases;
    this.#changes = { add, remove };
  }

  @Get(ALIAS)
  async resolve(
    @Req() request: FastifyRequest,
    @Param('roomAlias') roomAlias: string,
  ): Promise<{ room_id: string; servers: readonly string[] }> {
    const { roomId, servers } = await this.#resolveAlias.execute(await this.#askerOf(request), roomAlias);
    return { room_id: roomId, servers };
  }

  @Put(ALIAS)
  async add(@Req() request: FastifyRequest, @Param('roomAlias') roomAlias: string): Promise<object> {
    const requester = await this.#access.requireActiveUser(request);
    const { room_id: roomId } = readBody(addAliasRequest, request.body);
    await this.#changes.add.execute(requester, roomAlias, roomId);
    return {};
  }

  @Delete(ALIAS)
  async remove(@Req() request: FastifyRequest, @Param('roomAlias') roomAlias: string): Promise<object> {
    await this.#changes.remove.execute(await this.#access.requireActiveUser(request), roomAlias);
    return {};
  }

  @Get('rooms/:roomId/aliases')
  async list(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ aliases: string[] }> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return { aliases: await this.#listAliases.execute(requester, roomId) };
  }

  /** Who says who they are asks as a user of their server, anybody else the server that the request names. */
  async #askerOf(request: FastifyRequest): Promise<AliasAsker> {
    const requester = await this.#visitors.findUser(request);
    return requester ?? { serverName: this.#requestedServer.find(request)?.serverName };
  }
}
