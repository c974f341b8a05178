import { Body, Controller, Delete, Get, Module, Param, Post, Put, Query, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { ExactNumber, isJsonObject, MatrixError } from '@plexus/matrix-base';
import { StorageError } from '@plexus/storage';
import { loadConfigText } from '../src/config/load-config.ts';
import { readEnvironment } from '../src/config/environment.ts';
import type { PlexusConfig } from '../src/config/plexus-config.ts';
import { createLogger } from '../src/logging/pino-logger.ts';
import { startService } from '../src/service/start-service.ts';
import type { RunningService, ServiceOptions } from '../src/service/start-service.ts';

/** Holds back answers until the test lets them go. */
export class Gate {
  #open: () => void = () => undefined;
  #passed = new Promise<void>((resolve) => (this.#open = resolve));
  #arrive: () => void = () => undefined;
  readonly arrived = new Promise<void>((resolve) => (this.#arrive = resolve));

  open(): void {
    this.#open();
  }

  async pass(): Promise<void> {
    this.#arrive();
    await this.#passed;
  }
}

export const gates = new Map<string, Gate>();

@Controller('/_matrix/client/v3')
class ExampleController {
  @Get('versions')
  versions(): object {
    return { versions: ['v1.19'] };
  }

  @Get('echo/:value')
  @RouteConfig({ servlet: 'EchoRestServlet' })
  echo(@Param('value') value: string, @Query() query: object, @Req() request: FastifyRequest): object {
    return { value, query, client: request.clientAddress, id: request.id };
  }

  @Put('echo/:value')
  store(@Body() body: unknown, @Req() request: FastifyRequest): object {
    return { body: body ?? '(none)', raw: request.rawBody?.toString('latin1') ?? '(none)' };
  }

  @Post('exact')
  exact(@Body() body: { number: number }, @Req() request: FastifyRequest): object {
    const { exactBody } = request;
    return { isExact: isJsonObject(exactBody) && exactBody['number'] instanceof ExactNumber, number: body.number };
  }

  @Delete('refused')
  refuse(): never {
    throw new MatrixError('M_FORBIDDEN', 403, 'No', { consent_uri: 'https://example.org' });
  }

  @Get('without-database')
  loseDatabase(): never {
    throw new StorageError('no connection');
  }

  @Get('broken')
  fail(): never {
    throw new Error('broken with access_token=hunter2');
  }

  @Get('gated/:gate')
  async wait(@Param('gate') name: string): Promise<object> {
    await gates.get(name)?.pass();
    return { gate: name };
  }
}

@Controller('/_plexus/admin/v1')
class ExampleAdminController {
  @Get('servers')
  list(): object {
    return { servers: [] };
  }
}

@Controller('/_matrix/client/v3/sync')
class ExampleSyncController {
  @Get()
  sync(): object {
    return { next_batch: 's1' };
  }
}

@Module({ controllers: [ExampleController, ExampleAdminController, ExampleSyncController] })
export class ExampleModule {}

export interface ExampleService extends RunningService {
  readonly ports: readonly number[];
  readonly logLines: () => Record<string, unknown>[];
}

export function exampleConfig(yaml: string): PlexusConfig {
  return loadConfigText(`servers: [{ server_name: example.test }]\n${yaml}`, readEnvironment({}));
}

export async function startExample(yaml: string, options: Partial<ServiceOptions> = {}): Promise<ExampleService> {
  const written: string[] = [];
  const config = exampleConfig(yaml);
  const output = { write: (line: string) => void written.push(line) };
  const service = await startService({
    name: 'example',
    config,
    apis: ['client', 'sync', 'admin'],
    module: () => ExampleModule,
    logger: createLogger({ service: 'example', level: config.log.level, output }),
    ...options,
  });
  return {
    ...service,
    ports: service.listeners.map(({ addresses }) => addresses[0]?.port ?? 0),
    logLines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
