import { Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CacheStats } from '@plexus/cache';
import { readBody, setCacheFactorRequest } from '@plexus/matrix-api';
import type { CacheFactorBody, CachesBody } from '@plexus/matrix-api';
import { ManageCaches } from '../../caches/manage-caches.ts';
import type { ListedCache, NamedFactor } from '../../caches/manage-caches.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** The caches of the deployment and their factors. */
@AdminController(`${ADMIN_V1}/caches`)
export class CachesController {
  readonly #access: Access;
  readonly #manage: ManageCaches;

  constructor(access: Access, manage: ManageCaches) {
    this.#access = access;
    this.#manage = manage;
  }

  @Get()
  async list(@Req() request: FastifyRequest): Promise<CachesBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { factor, source } = this.#manage.globalFactor();
    return {
      revision: this.#manage.revision,
      global: { factor, source },
      caches: this.#manage.list().map(bodyOfCache),
    };
  }

  @Put(':name')
  async set(@Req() request: FastifyRequest, @Param('name') name: string): Promise<CacheFactorBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { factor } = readBody(setCacheFactorRequest, request.body);
    return bodyOfFactor(await this.#manage.setFactor(name, factor));
  }

  @Delete(':name')
  async withdraw(@Req() request: FastifyRequest, @Param('name') name: string): Promise<CacheFactorBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOfFactor(await this.#manage.setFactor(name, undefined));
  }
}

function bodyOfFactor({ name, revision, factor: { factor, source, isOwn } }: NamedFactor): CacheFactorBody {
  return { revision, name, factor, source, has_own_factor: isOwn };
}

function bodyOfCache({ name, factor: inForce, base, capacity, here }: ListedCache): CachesBody['caches'][number] {
  const { factor, source, isOwn } = inForce;
  return {
    name,
    factor,
    source,
    has_own_factor: isOwn,
    process: { base_size: base.process, capacity: capacity.process },
    ...(base.shared > 0 && { shared: { base_size: base.shared, capacity: capacity.shared } }),
    ...(here !== undefined && { here: bodyOfStats(here) }),
  };
}

function bodyOfStats(stats: CacheStats): NonNullable<CachesBody['caches'][number]['here']> {
  const { process, shared, misses, meanBytes } = stats;
  return {
    size: process.size,
    hits: { process: process.hits, shared: shared?.hits ?? 0 },
    misses,
    evictions: process.evictions,
    ...(meanBytes !== undefined && { mean_bytes: meanBytes }),
  };
}
