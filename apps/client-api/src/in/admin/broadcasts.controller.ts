import { Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { broadcastsQuery, readBody, readQuery, startBroadcastRequest } from '@plexus/matrix-api';
import type { BroadcastBody, FailedRecipientsBody, StartBroadcastRequest } from '@plexus/matrix-api';
import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Broadcast, BroadcastAudience } from '@plexus/storage';
import { ManageBroadcasts } from '../../notices/manage-broadcasts.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { MAX_PAGE, pageLimit } from './pages.ts';

/** Notices to many users. */
@AdminController(`${ADMIN_V1}/broadcasts`)
export class BroadcastsController {
  readonly #access: Access;
  readonly #broadcasts: ManageBroadcasts;

  constructor(access: Access, broadcasts: ManageBroadcasts) {
    this.#access = access;
    this.#broadcasts = broadcasts;
  }

  @Post()
  @HttpCode(201)
  async start(@Req() request: FastifyRequest): Promise<BroadcastBody> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(startBroadcastRequest, request.body);
    const started = await this.#broadcasts.start(requester, {
      serverName: body.server_name,
      type: body.type ?? 'm.room.message',
      content: body.content,
      audience: audienceOf(body.audience ?? {}),
      perSecond: body.per_second,
      transactionId: body.txn_id,
    });
    return bodyOf(started);
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ broadcasts: BroadcastBody[] }> {
    const requester = await this.#access.requireAdmin(request);
    const { server_name: serverName, limit } = readQuery(broadcastsQuery, query);
    const listed = await this.#broadcasts.list(requester, { serverName, limit: pageLimit(limit) });
    return { broadcasts: listed.map(bodyOf) };
  }

  @Get(':broadcastId')
  async get(@Req() request: FastifyRequest, @Param('broadcastId') broadcastId: string): Promise<BroadcastBody> {
    return bodyOf(await this.#broadcasts.get(await this.#access.requireAdmin(request), broadcastId));
  }

  @Get(':broadcastId/failed')
  async failed(
    @Req() request: FastifyRequest,
    @Param('broadcastId') broadcastId: string,
  ): Promise<FailedRecipientsBody> {
    const requester = await this.#access.requireAdmin(request);
    const failed = await this.#broadcasts.listFailed(requester, broadcastId, MAX_PAGE);
    return { failed: failed.map(({ userId, error }) => ({ user_id: userId, error })) };
  }

  /** Who is being told at this moment still is. */
  @Post(':broadcastId/pause')
  @HttpCode(200)
  pause(@Req() request: FastifyRequest, @Param('broadcastId') broadcastId: string): Promise<BroadcastBody> {
    return this.#change(request, broadcastId, 'paused');
  }

  @Post(':broadcastId/resume')
  @HttpCode(200)
  resume(@Req() request: FastifyRequest, @Param('broadcastId') broadcastId: string): Promise<BroadcastBody> {
    return this.#change(request, broadcastId, 'active');
  }

  /** What was sent stays sent; the rest is left. */
  @Post(':broadcastId/cancel')
  @HttpCode(200)
  cancel(@Req() request: FastifyRequest, @Param('broadcastId') broadcastId: string): Promise<BroadcastBody> {
    return this.#change(request, broadcastId, 'cancelled');
  }

  async #change(
    request: FastifyRequest,
    broadcastId: string,
    status: 'active' | 'paused' | 'cancelled',
  ): Promise<BroadcastBody> {
    const requester = await this.#access.requireAdmin(request);
    return bodyOf(await this.#broadcasts.change(requester, broadcastId, status));
  }
}

function audienceOf(asked: NonNullable<StartBroadcastRequest['audience']>): BroadcastAudience {
  const { guests, never_consented: neverConsented, inactive_since: inactiveSince, users } = asked;
  return {
    ...(guests === true && { withGuests: true }),
    ...(neverConsented === true && { neverConsented }),
    ...(inactiveSince !== undefined && { inactiveSince }),
    ...(users !== undefined && { userIds: users }),
  };
}

/** Of a list of users their number is shown. */
function bodyOf(broadcast: Broadcast): BroadcastBody {
  const { withGuests, neverConsented, inactiveSince, userIds } = broadcast.audience;
  return {
    broadcast_id: broadcast.broadcastId,
    server_name: broadcast.serverName,
    requested_by: broadcast.requestedBy,
    status: broadcast.status,
    type: broadcast.type,
    content: contentOf(broadcast),
    audience: {
      ...(withGuests === true && { guests: true }),
      ...(neverConsented === true && { never_consented: true }),
      ...(inactiveSince !== undefined && { inactive_since: inactiveSince }),
      ...(userIds !== undefined && { users: userIds.length }),
    },
    per_second: broadcast.perSecond,
    is_listed: broadcast.isListed,
    recipients: broadcast.recipients,
    sent: broadcast.sent,
    failed: broadcast.failed,
    created_at: broadcast.createdAt,
    changed_at: broadcast.changedAt,
    ...(broadcast.finishedAt !== undefined && { finished_at: broadcast.finishedAt }),
  };
}

function contentOf({ content }: Broadcast): JsonObject {
  const parsed: unknown = JSON.parse(content);
  return isJsonObject(parsed) ? parsed : {};
}
