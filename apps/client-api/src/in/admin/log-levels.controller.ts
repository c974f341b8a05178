import { Delete, Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readBody, setLogLevelRequest } from '@plexus/matrix-api';
import type { LogLevelsBody } from '@plexus/matrix-api';
import { ManageLogLevels } from '../../administration/manage-log-levels.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** The levels of the log; a change reaches all replicas of a service within two seconds. */
@AdminController(`${ADMIN_V1}/log_levels`)
export class LogLevelsController {
  readonly #access: Access;
  readonly #levels: ManageLogLevels;

  constructor(access: Access, levels: ManageLogLevels) {
    this.#access = access;
    this.#levels = levels;
  }

  @Get()
  async list(@Req() request: FastifyRequest): Promise<LogLevelsBody> {
    await this.#access.requireDeploymentAdmin(request);
    return this.#body();
  }

  @Put(':service')
  async set(@Req() request: FastifyRequest, @Param('service') service: string): Promise<LogLevelsBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { level, for_ms: forMs } = readBody(setLogLevelRequest, request.body);
    await this.#levels.set({ service, level, forMs });
    return this.#body();
  }

  @Delete(':service')
  async remove(@Req() request: FastifyRequest, @Param('service') service: string): Promise<LogLevelsBody> {
    await this.#access.requireDeploymentAdmin(request);
    await this.#levels.remove(service);
    return this.#body();
  }

  #body(): LogLevelsBody {
    return {
      levels: this.#levels.list().map(({ service, level, expiresAt }) => ({
        service,
        level,
        ...(expiresAt !== undefined && { expires_at: expiresAt }),
      })),
    };
  }
}
