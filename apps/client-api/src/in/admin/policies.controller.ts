import { Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  changeVersionRequest,
  policiesQuery,
  publishVersionRequest,
  readBody,
  readQuery,
  storePolicyRequest,
} from '@plexus/matrix-api';
import type { PolicyBody, PolicyVersionResponse } from '@plexus/matrix-api';
import { ManagePolicies } from '../../consent/manage-policies.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { bodyOfPolicy, bodyOfVersion, settingsOfPolicy } from './policy-body.ts';

/** What users are asked to agree to. `_deployment` stands for the deployment where a path names a server. */
@AdminController(`${ADMIN_V1}/policies`)
export class PoliciesController {
  readonly #access: Access;
  readonly #policies: ManagePolicies;

  constructor(access: Access, policies: ManagePolicies) {
    this.#access = access;
    this.#policies = policies;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ policies: PolicyBody[] }> {
    const requester = await this.#access.requireAdmin(request);
    const { server_name: serverName } = readQuery(policiesQuery, query);
    const listed = await this.#policies.list(requester, serverName);
    return { policies: listed.map(bodyOfPolicy) };
  }

  @Get(':server/:name')
  async get(
    @Req() request: FastifyRequest,
    @Param('server') server: string,
    @Param('name') name: string,
  ): Promise<PolicyBody> {
    return bodyOfPolicy(await this.#policies.get(await this.#access.requireAdmin(request), server, name));
  }

  @Put(':server/:name')
  async store(
    @Req() request: FastifyRequest,
    @Param('server') server: string,
    @Param('name') name: string,
  ): Promise<PolicyBody> {
    const requester = await this.#access.requireAdmin(request);
    const settings = settingsOfPolicy(readBody(storePolicyRequest, request.body));
    return bodyOfPolicy(await this.#policies.store(requester, { server, name }, settings));
  }

  /** Nobody is asked for it any more; what was agreed to stays. */
  @Delete(':server/:name')
  async retire(
    @Req() request: FastifyRequest,
    @Param('server') server: string,
    @Param('name') name: string,
  ): Promise<object> {
    await this.#policies.retire(await this.#access.requireAdmin(request), { server, name });
    return {};
  }

  @Post(':server/:name/versions')
  @HttpCode(201)
  async publish(
    @Req() request: FastifyRequest,
    @Param('server') server: string,
    @Param('name') name: string,
  ): Promise<PolicyBody> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readBody(publishVersionRequest, request.body);
    return bodyOfPolicy(await this.#policies.publish(requester, { server, name }, asked));
  }

  /** With its texts. */
  @Get(':server/:name/versions/:version')
  async read(
    @Req() request: FastifyRequest,
    @Param() { server = '', name = '', version = '' }: Readonly<Record<string, string>>,
  ): Promise<PolicyVersionResponse> {
    const requester = await this.#access.requireAdmin(request);
    const { version: found, documents } = await this.#policies.read(requester, { server, name }, version);
    return {
      version: bodyOfVersion(found),
      documents: documents.map(({ sha256, title, ...document }) => ({
        ...document,
        title: title ?? null,
        sha256: sha256.toString('hex'),
      })),
    };
  }

  /** From when on who has not agreed is blocked; null: never. */
  @Put(':server/:name/versions/:version')
  async change(
    @Req() request: FastifyRequest,
    @Param() { server = '', name = '', version = '' }: Readonly<Record<string, string>>,
  ): Promise<PolicyBody> {
    const requester = await this.#access.requireAdmin(request);
    const { block_at: blockAt } = readBody(changeVersionRequest, request.body);
    const change = { version, blockAt: blockAt ?? undefined };
    return bodyOfPolicy(await this.#policies.setBlockDate(requester, { server, name }, change));
  }

  /** Takes a version back that is not effective yet. */
  @Delete(':server/:name/versions/:version')
  async withdraw(
    @Req() request: FastifyRequest,
    @Param() { server = '', name = '', version = '' }: Readonly<Record<string, string>>,
  ): Promise<object> {
    await this.#policies.withdraw(await this.#access.requireAdmin(request), { server, name }, version);
    return {};
  }
}
