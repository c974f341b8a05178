import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, redactedCopiesQuery } from '@plexus/matrix-api';
import type { RedactedCopiesBody, RedactedCopyBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { ListedCopy } from '@plexus/storage';
import { ListRedactedCopies } from '../../dead-letters/list-redacted-copies.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Events of other servers whose content did not match its hash, and has not come since. */
@AdminController(`${ADMIN_V1}/redacted_copies`)
export class RedactedCopiesController {
  readonly #access: Access;
  readonly #copies: ListRedactedCopies;

  constructor(access: Access, copies: ListRedactedCopies) {
    this.#access = access;
    this.#copies = copies;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<RedactedCopiesBody> {
    await this.#access.requireDeploymentAdmin(request);
    const { from, limit: asked = DEFAULT_LIMIT, room_id: roomId } = readQuery(redactedCopiesQuery, query);
    if (roomId?.includes('\0') === true) throw new MatrixError('M_INVALID_PARAM', 400, 'A parameter holds a NUL');
    const limit = Math.min(asked, MAX_LIMIT);
    const copies = await this.#copies.execute({
      limit,
      ...(from !== undefined && { after: placeOf(from) }),
      ...(roomId !== undefined && { roomId }),
    });
    const last = copies.at(-1);
    const isFull = copies.length === limit && last !== undefined;
    return { copies: copies.map(bodyOf), ...(isFull && { next: `${last.shard}-${last.eventNid}` }) };
  }
}

function placeOf(from: string): Pick<ListedCopy, 'shard' | 'eventNid'> {
  const [, shard, eventNid] = /^([0-9]{1,5})-([0-9]{1,15})$/.exec(from) ?? [];
  if (shard === undefined) throw new MatrixError('M_INVALID_PARAM', 400, '"from" is not from an answer before');
  return { shard: Number(shard), eventNid: Number(eventNid) };
}

function bodyOf({ roomId, eventId, notedAt }: ListedCopy): RedactedCopyBody {
  return { room_id: roomId, event_id: eventId, noted_at: notedAt };
}
