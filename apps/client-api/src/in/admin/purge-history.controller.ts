import { Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { purgeHistoryRequest, readBody } from '@plexus/matrix-api';
import type { PurgeStatusBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { AdminJob } from '@plexus/storage';
import { PurgeHistory } from '../../history/purge-history.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

interface PurgePath {
  readonly roomId: string;
  readonly eventId?: string;
}

/** Purges of history, as Synapse's administrators know them. */
@AdminController(SYNAPSE_ADMIN_V1)
export class PurgeHistoryController {
  readonly #access: Access;
  readonly #purgeHistory: PurgeHistory;

  constructor(access: Access, purgeHistory: PurgeHistory) {
    this.#access = access;
    this.#purgeHistory = purgeHistory;
  }

  @Post(['purge_history/:roomId', 'purge_history/:roomId/:eventId'])
  @HttpCode(200)
  async start(@Req() request: FastifyRequest, @Param() { roomId, eventId }: PurgePath): Promise<{ purge_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(purgeHistoryRequest, request.body, { emptyBody: 'object' });
    const upToEventId = eventId ?? body.purge_up_to_event_id;
    const purgeId = await this.#purgeHistory.start(requester, {
      roomId,
      upToEventId,
      upToTs: upToEventId === undefined ? timeOf(body.purge_up_to_ts) : undefined,
      deleteLocalEvents: body.delete_local_events === true,
    });
    return { purge_id: purgeId };
  }

  @Get('purge_history_status/:purgeId')
  async status(@Req() request: FastifyRequest, @Param('purgeId') purgeId: string): Promise<PurgeStatusBody> {
    return statusOf(await this.#purgeHistory.status(await this.#access.requireAdmin(request), purgeId));
  }
}

function timeOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new MatrixError('M_BAD_JSON', 400, 'purge_up_to_ts must be an int');
}

/** A job that waits or rests is active, and one that was cancelled has failed, as far as these words go. */
function statusOf({ status, error }: AdminJob): PurgeStatusBody {
  if (status === 'complete') return { status };
  if (status === 'scheduled' || status === 'active') return { status: 'active' };
  return { status: 'failed', ...(error !== undefined && { error }) };
}
