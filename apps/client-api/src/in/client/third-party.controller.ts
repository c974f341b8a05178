import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { locationByAliasQuery, readQuery, userByIdQuery } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import { LookUpThirdParty } from '../../appservices/look-up-third-party.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';

/** Says who asks, and is for nobody else. */
const OURS = new Set(['access_token', 'user_id', 'device_id', 'org.matrix.msc3202.device_id']);

/** https://spec.matrix.org/v1.19/client-server-api/#third-party-networks */
@Controller(CLIENT_V3.map((prefix) => `${prefix}/thirdparty`))
export class ThirdPartyController {
  readonly #access: Access;
  readonly #lookUp: LookUpThirdParty;

  constructor(access: Access, lookUp: LookUpThirdParty) {
    this.#access = access;
    this.#lookUp = lookUp;
  }

  @Get('protocols')
  async protocols(@Req() request: FastifyRequest): Promise<JsonObject> {
    return this.#lookUp.protocols(await this.#access.requireUserOrGuest(request, 'look-up'));
  }

  @Get('protocol/:protocol')
  async protocol(@Req() request: FastifyRequest, @Param('protocol') protocol: string): Promise<JsonObject> {
    return this.#lookUp.protocol(await this.#access.requireUserOrGuest(request, 'look-up'), protocol);
  }

  @Get('location/:protocol')
  async locations(
    @Req() request: FastifyRequest,
    @Param('protocol') protocol: string,
    @Query() query: unknown,
  ): Promise<JsonObject[]> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return this.#lookUp.locations(requester, protocol, fieldsOf(query));
  }

  @Get('user/:protocol')
  async users(
    @Req() request: FastifyRequest,
    @Param('protocol') protocol: string,
    @Query() query: unknown,
  ): Promise<JsonObject[]> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return this.#lookUp.users(requester, protocol, fieldsOf(query));
  }

  @Get('location')
  async locationsOf(@Req() request: FastifyRequest, @Query() query: unknown): Promise<JsonObject[]> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return this.#lookUp.locationsOf(requester, readQuery(locationByAliasQuery, query).alias);
  }

  @Get('user')
  async usersOf(@Req() request: FastifyRequest, @Query() query: unknown): Promise<JsonObject[]> {
    const requester = await this.#access.requireUserOrGuest(request, 'look-up');
    return this.#lookUp.usersOf(requester, readQuery(userByIdQuery, query).userid);
  }
}

/** What the network looks for; a token in the query goes nowhere. */
function fieldsOf(query: unknown): Record<string, string> {
  const entries = Object.entries(query as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && !OURS.has(entry[0])),
  );
}
