import { Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { readBody, replayQueueRequest, skipQueueRequest } from '@plexus/matrix-api';
import type { AppserviceQueueBody, AppserviceQueuesBody } from '@plexus/matrix-api';
import type { FastifyRequest } from 'fastify';
import { ManageAppserviceQueues } from '../../appservices/manage-appservice-queues.ts';
import type { ManagedQueue } from '../../appservices/manage-appservice-queues.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** What waits to be sent to application services. */
@AdminController(ADMIN_V1)
export class AppserviceQueuesController {
  readonly #access: Access;
  readonly #queues: ManageAppserviceQueues;

  constructor(access: Access, queues: ManageAppserviceQueues) {
    this.#access = access;
    this.#queues = queues;
  }

  @Get('appservice_queues')
  async list(@Req() request: FastifyRequest): Promise<AppserviceQueuesBody> {
    await this.#access.requireDeploymentAdmin(request);
    return { queues: (await this.#queues.list()).map(bodyOf) };
  }

  @Get('appservices/:id/queue')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOf(await this.#queues.get(id));
  }

  @Post('appservices/:id/queue/pause')
  @HttpCode(200)
  async pause(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOf(await this.#queues.pause(id));
  }

  @Post('appservices/:id/queue/resume')
  @HttpCode(200)
  async resume(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOf(await this.#queues.resume(id));
  }

  @Post('appservices/:id/queue/retry')
  @HttpCode(200)
  async retry(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    return bodyOf(await this.#queues.retry(id));
  }

  @Post('appservices/:id/queue/skip')
  @HttpCode(200)
  async skip(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { up_to_position: position } = readBody(skipQueueRequest, request.body, { emptyBody: 'object' });
    return bodyOf(await this.#queues.skip(id, position));
  }

  @Post('appservices/:id/queue/replay')
  @HttpCode(200)
  async replay(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AppserviceQueueBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { from_position: position } = readBody(replayQueueRequest, request.body);
    return bodyOf(await this.#queues.replay(id, position));
  }
}

function bodyOf(state: ManagedQueue): AppserviceQueueBody {
  const { oldestAgeMs, firstSeq, dueInMs, failingSince, lastError, lastSentAt, transactionId } = state;
  return {
    appservice_id: state.appserviceId,
    state: stateOf(state),
    paused: state.isPaused,
    backlog: state.backlog,
    ...(oldestAgeMs !== undefined && { oldest_age: Math.max(0, Math.round(oldestAgeMs)) }),
    ...(firstSeq !== undefined && { first_position: firstSeq }),
    taken_position: state.takenSeq,
    last_position: state.lastSeq,
    failures: state.failures,
    ...(dueInMs !== undefined && { retry_in: Math.max(0, Math.round(dueInMs)) }),
    ...(failingSince !== undefined && { failing_since: failingSince }),
    ...(lastError !== undefined && { last_error: lastError }),
    ...(lastSentAt !== undefined && { last_sent_at: lastSentAt }),
    ...(transactionId !== undefined && { transaction_id: transactionId }),
  };
}

function stateOf({ isSent, failures }: ManagedQueue): AppserviceQueueBody['state'] {
  if (!isSent) return 'off';
  return failures === 0 ? 'up' : 'down';
}
