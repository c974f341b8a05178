import { Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, serverUsagesQuery } from '@plexus/matrix-api';
import type { ServerUsageBody, ServerUsagesBody } from '@plexus/matrix-api';
import type { ServerUse } from '@plexus/storage';
import { DescribeUsage } from '../../quotas/describe-usage.ts';
import type { ServerUsage } from '../../quotas/describe-usage.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { writtenQuotas } from './server-body.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** What hosted servers use, and what they may use. */
@AdminController(ADMIN_V1)
export class ServerUsageController {
  readonly #access: Access;
  readonly #describe: DescribeUsage;

  constructor(access: Access, describe: DescribeUsage) {
    this.#access = access;
    this.#describe = describe;
  }

  @Get('servers/:serverName/usage')
  async get(@Req() request: FastifyRequest, @Param('serverName') serverName: string): Promise<ServerUsageBody> {
    const requester = await this.#access.requireAdmin(request);
    return bodyOf(await this.#describe.ofServer(requester, serverName));
  }

  @Get('server_usage')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<ServerUsagesBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { from: after, limit = DEFAULT_LIMIT } = readQuery(serverUsagesQuery, query);
    const { usages, total, nextAfter } = await this.#describe.page({ after, limit: Math.min(limit, MAX_LIMIT) });
    return { usage: usages.map(bodyOf), total, ...(nextAfter !== undefined && { next_token: nextAfter }) };
  }
}

function bodyOf({ accounts, month, total, quotas, exceeded }: ServerUsage): ServerUsageBody {
  const { serverName, users: open, guests, bridged, deactivated, counted } = accounts;
  return {
    server_name: serverName,
    users: { open, guests, bridged, deactivated },
    ...(counted !== undefined && {
      counted: {
        at: counted.at,
        monthly_active_users: counted.monthlyActiveUsers,
        daily_active_users: counted.dailyActiveUsers,
        rooms: counted.rooms,
      },
    }),
    month: writtenUse(month),
    total: writtenUse(total),
    quotas: writtenQuotas(quotas),
    exceeded: [...exceeded],
  };
}

function writtenUse(use: ServerUse): ServerUsageBody['month'] {
  return {
    requests: use.requests,
    received_bytes: use.receivedBytes,
    sent_bytes: use.sentBytes,
    events: use.events,
    event_bytes: use.eventBytes,
    transactions: use.transactions,
    sent_events: use.sentEvents,
  };
}
